import assert from 'node:assert/strict';
import { sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import { AbortedError } from '../../../src/core/errors.ts';
import type { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { drawDetections } from '../../../src/elements/draw/draw-detections.ts';
import { tee } from '../../../src/elements/flow/tee.ts';
import { resize } from '../../../src/elements/preprocess/resize.ts';
import { DETECTION_COLOURS } from '../../../src/media/detection/detection-colours.ts';
import type { DetectionSet } from '../../../src/media/detection/detections.ts';
import { frameLayout } from '../../../src/media/frame-layout.ts';
import { detections, rawVideo } from '../../../src/media/media-types.ts';
import { frameSource, type Kept, keepingSink, type TestFrame } from '../../support/frame-source.ts';
import { scriptedSource } from '../../support/probe.ts';
import { settled, testPipeline } from '../../support/test-pipeline.ts';
import { tinyElement } from '../../support/tiny-element.ts';

const SIZE = { width: 96, height: 64 };
const FRAME: TestFrame = { ...SIZE, format: 'RGB', draw: (bytes) => bytes.fill(10) };
const [BLUE] = DETECTION_COLOURS;

/** A box for each frame, in a place of its own. */
const boxOf = (index: number) =>
  [8 * (index % 8), 8 * (Math.floor(index / 8) % 6), 8 * (index % 8) + 8, 8 * (Math.floor(index / 8) % 6) + 8] as const;
const setOf = (index: number): DetectionSet => ({ ...SIZE, items: [{ box: boxOf(index), score: 0.9, classId: 0, label: 'it' }] });

/** The frames' numbers whose boxes can be seen in a picture. */
function seenIn({ bytes }: Pick<Kept, 'bytes'>, of = 48): number[] {
  const { stride } = frameLayout('RGB', SIZE.width, SIZE.height).planes[0]!;
  return Array.from({ length: of }, (_, index) => index).filter((index) => {
    const [left, top] = boxOf(index);
    const at = top * stride + left * 3;
    return [...bytes.subarray(at, at + 3)].join() === BLUE!.join();
  });
}

/** Finds a box in every frame that `finds` accepts, after `turns` rounds of the event loop. */
const detector = (finds: (index: number) => boolean, turns: (index: number) => number = () => 0, inFlight = 1) => {
  const latencies = turns;
  return tinyElement('detector', {
    pads: { sink: sinkPad(rawVideo()), src: srcPad(detections()) },
    inFlight: () => inFlight,
    create: () => ({
      transform: async (buffer) => {
        const index = buffer.pts / 10_000;
        for (let left = latencies(index); left > 0; left--) await new Promise(setImmediate);
        if (!finds(index)) return undefined;
        return buffer.derive({ caps: { media: 'detections', fields: {} }, slabs: [], bytes: 0, value: setOf(index) });
      },
    }),
  });
};

const plain = { labels: false };

/** frames ! tee, one way through a detector, the other straight to the element. */
function branched(
  frames: number,
  finds: (index: number) => boolean,
  more: {
    turns?: (index: number) => number;
    props?: object;
    hold?: () => Promise<void>;
    inFlight?: number;
    detector?: Record<string, unknown>;
  } = {},
) {
  const kept: Kept[] = [];
  const made = testPipeline(
    [
      frameSource(
        'frames',
        Array.from({ length: frames }, () => FRAME),
      ),
      tee,
      detector(finds, more.turns, more.inFlight),
      drawDetections,
      keepingSink('screen', kept, 'any', more.hold),
    ],
    {
      elements: {
        'draw-detections': { props: { ...plain, ...more.props } },
        ...(more.detector === undefined ? {} : { detector: more.detector }),
      },
      links: ['frames ! tee ! detector ! draw-detections.detections', 'tee ! draw-detections.video', 'draw-detections ! screen'],
    },
  );
  return { ...made, kept };
}

/** Frames and detections from sources of their own. */
function apart(frames: readonly TestFrame[], sets: readonly { pts: number; epoch?: number; value: DetectionSet }[], props: object = {}) {
  const kept: Kept[] = [];
  const made = testPipeline(
    [
      frameSource('frames', frames),
      scriptedSource('boxes', sets, { caps: { media: 'detections', fields: {} } }),
      drawDetections,
      keepingSink('screen', kept),
    ],
    {
      elements: { 'draw-detections': { props: { ...plain, ...props } } },
      links: ['frames ! draw-detections.video', 'boxes ! draw-detections.detections', 'draw-detections ! screen'],
    },
  );
  return { ...made, kept };
}

describe('draw-detections', () => {
  describe('data', () => {
    it('draws on each frame what was found in it, however long that takes', async () => {
      for (const turns of [() => 0, () => 3, (index: number) => (index % 5) * 4]) {
        const { pipeline, kept, assertClean } = branched(40, () => true, { turns, inFlight: 3 });
        await pipeline.run();
        assert.deepEqual(
          kept.map((one) => seenIn(one)),
          Array.from({ length: 40 }, (_, index) => [index]),
        );
        assert.deepEqual(
          kept.map(({ pts }) => pts / 10_000),
          Array.from({ length: 40 }, (_, index) => index),
        );
        assertClean();
      }
    });

    it('passes frames undrawn in which nothing was found', async () => {
      const { pipeline, kept, assertClean } = branched(9, (index) => index % 3 === 1, { turns: () => 2 });
      await pipeline.run();
      assert.deepEqual(
        kept.map((one) => seenIn(one)),
        [[], [1], [], [], [4], [], [], [7], []],
      );
      assertClean();
    });

    it('holds the last detections where it is asked to', async () => {
      const { pipeline, kept } = branched(9, (index) => index % 3 === 1, { props: { hold: true } });
      await pipeline.run();
      assert.deepEqual(
        kept.map((one) => seenIn(one)),
        [[], [1], [1], [1], [4], [4], [4], [7], [7]],
      );
    });

    it('writes labels and scores as asked', async () => {
      const brightIn = async (props: object): Promise<number> => {
        const [first] = [{ pts: 0, value: { ...SIZE, items: [{ box: [10, 30, 60, 60] as const, score: 0.9, classId: 0, label: 'it' }] } }];
        const { pipeline, kept } = apart([FRAME], [first!], props);
        await pipeline.run();
        let count = 0;
        for (let i = 0; i < kept[0]!.bytes.length; i += 3) if (kept[0]!.bytes[i + 2] === 255 && kept[0]!.bytes[i + 1] === 158) count++;
        return count;
      };
      const [bare, label, score] = [await brightIn({}), await brightIn({ labels: true, scores: false }), await brightIn({ labels: true })];
      assert.ok(bare < label && label < score, `${bare}, ${label} and ${score} pixels`);
    });

    it('follows a frame that was scaled on its way', async () => {
      const kept: Kept[] = [];
      const set: DetectionSet = { ...SIZE, items: [{ box: [24, 16, 72, 48], score: 1, classId: 0, label: 'it' }] };
      const { pipeline, assertClean } = testPipeline(
        [
          frameSource('frames', [FRAME]),
          scriptedSource('boxes', [{ pts: 0, value: set }], { caps: { media: 'detections', fields: {} } }),
          resize,
          drawDetections,
          keepingSink('screen', kept),
        ],
        {
          elements: { resize: { props: { width: 48, height: 128 } }, 'draw-detections': { props: plain } },
          links: ['frames ! resize ! draw-detections.video', 'boxes ! draw-detections.detections', 'draw-detections ! screen'],
        },
      );
      await pipeline.run();
      const { stride } = frameLayout('RGB', 48, 128).planes[0]!;
      const at = (x: number, y: number) => [...kept[0]!.bytes.subarray(y * stride + 3 * x, y * stride + 3 * x + 3)];
      for (const [x, y] of [
        [12, 32],
        [35, 32],
        [12, 95],
        [35, 95],
      ] as const)
        assert.deepEqual(at(x, y), [...BLUE!], `at ${x}, ${y}`);
      assert.deepEqual(at(24, 64), [10, 10, 10]);
      assertClean();
    });

    it('draws in place where nobody else holds the frame, and on a copy where somebody does', async () => {
      for (const shared of [false, true]) {
        const kept: Kept[] = [];
        const raw: Kept[] = [];
        const offsets: number[] = [];
        const note = tinyElement('note', {
          pads: { sink: sinkPad(rawVideo()), src: srcPad(rawVideo()) },
          create: () => ({
            transform: (buffer: StreamBuffer) => {
              offsets.push(buffer.slab.offset);
              return buffer;
            },
          }),
        });
        let release = (): void => {};
        const until = new Promise<void>((resolve) => {
          release = resolve;
        });
        const { pipeline, assertClean } = testPipeline(
          [
            frameSource('frames', [FRAME]),
            note,
            tee,
            scriptedSource('boxes', [{ pts: 0, value: setOf(0) }], { caps: { media: 'detections', fields: {} } }),
            drawDetections,
            keepingSink('screen', kept, 'any', () => release()),
            ...(shared ? [keepingSink('other', raw, 'any', () => until)] : []),
          ],
          {
            elements: { 'draw-detections': { props: plain } },
            links: [
              'frames ! note ! tee',
              ...(shared ? ['tee ! other'] : []),
              'tee ! draw-detections.video',
              'boxes ! draw-detections.detections',
              'draw-detections ! screen',
            ],
          },
        );
        await pipeline.run();
        assert.deepEqual(seenIn(kept[0]!), [0]);
        assert.equal(kept[0]!.buffer.slabs[0]!.offset === offsets[0], !shared);
        if (shared) assert.deepEqual(seenIn(raw[0]!), []);
        assertClean();
      }
    });

    it('goes on after a change of size', async () => {
      const large: TestFrame = { width: 200, height: 100, format: 'I420' };
      const kept = apart(
        [FRAME, large, FRAME],
        [0, 1, 2].map((index) => ({ pts: index * 10_000, value: setOf(index) })),
      );
      await kept.pipeline.run();
      assert.deepEqual(
        kept.kept.map((one) => one.caps.fields['width']),
        [96, 200, 96],
      );
      assert.deepEqual(seenIn(kept.kept[2]!), [2]);
      kept.assertClean();
    });
  });

  describe('timing', () => {
    it('pairs by epoch before time, when a source begins anew', async () => {
      const moments = [
        [0, 0],
        [10_000, 0],
        [0, 1],
        [10_000, 1],
      ] as const;
      const { pipeline, kept, assertClean } = apart(
        moments.map(([pts, epoch]) => ({ ...FRAME, pts, epoch })),
        moments.map(([pts, epoch], index) => ({ pts, epoch, value: setOf(index) })),
      );
      await pipeline.run();
      assert.deepEqual(
        kept.map((one) => seenIn(one)),
        [[0], [1], [2], [3]],
      );
      assertClean();
    });

    it('does not wait for detections that ended early', async () => {
      const { pipeline, kept, assertClean } = apart(
        Array.from({ length: 50 }, () => FRAME),
        [{ pts: 0, value: setOf(0) }],
      );
      await pipeline.run();
      assert.deepEqual([kept.length, seenIn(kept[0]!), seenIn(kept[49]!)], [50, [0], []]);
      assertClean();
    });

    it('lets detections run on whose frames have ended or never come', async () => {
      const sets = Array.from({ length: 400 }, (_, index) => ({ pts: index * 10_000, value: setOf(index) }));
      const { pipeline, kept, assertClean } = apart([FRAME], sets);
      await pipeline.run();
      assert.deepEqual(
        kept.map((one) => seenIn(one)),
        [[0]],
      );
      assertClean();
    });
  });

  describe('backpressure', () => {
    it('stands still for no latency of the detector, however many frames it has under way', async () => {
      for (const [turns, inFlight] of [
        [0, 1],
        [1, 4],
        [20, 1],
        [20, 16],
        [7, 64],
      ] as const) {
        const { pipeline, kept, assertClean } = branched(150, () => true, { turns: () => turns, inFlight });
        await pipeline.run();
        assert.equal(kept.length, 150, `${turns} turns, ${inFlight} in flight`);
        assertClean();
      }
    });

    it('holds a bounded number of frames while the screen is slow', async () => {
      let most = 0;
      const made = branched(120, () => true, {
        hold: async () => {
          most = Math.max(most, made.arena.statistics.slabsInUse);
          for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
        },
      });
      await made.pipeline.run();
      // Those in the element's queue and in its hands, in the detector's queue and hands, and in the source's.
      assert.ok(most <= 32 + 16 + 8, `${most} slabs`);
      made.assertClean();
    });
  });

  describe('eos, flush and abort', () => {
    it('gives everything back when it is aborted while a frame waits', async () => {
      const { pipeline, kept, arena } = branched(40, () => true, { turns: (index) => (index < 3 ? 0 : 30) });
      const running = pipeline.run();
      const outcome = assert.rejects(running, AbortedError);
      for (let turn = 0; kept.length < 3 && turn < 1000; turn++) await settled(1);
      pipeline.abort();
      await outcome;
      assert.equal(arena.statistics.slabsInUse, 0);
    });

    it('runs as often as one likes', async () => {
      const { pipeline, kept, assertClean } = branched(5, () => true, { turns: () => 1 });
      for (let run = 0; run < 3; run++) await pipeline.run();
      assert.equal(kept.length, 15);
      assertClean();
    });
  });
});
