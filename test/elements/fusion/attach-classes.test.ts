import assert from 'node:assert/strict';
import { caps } from '../../../src/core/caps/caps.ts';
import { sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { tee } from '../../../src/elements/flow/tee.ts';
import { attachClasses } from '../../../src/elements/fusion/attach-classes.ts';
import { cropByBoxes } from '../../../src/elements/fusion/crop-by-boxes.ts';
import type { DetectionSet } from '../../../src/media/detection/detections.ts';
import { frameLayout } from '../../../src/media/frame-layout.ts';
import { classifications, detections, rawVideo } from '../../../src/media/media-types.ts';
import { type ElementTest, testElement } from '../../../src/testing/test-element.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { tinyElement } from '../../support/tiny-element.ts';

const both = { sink: caps('detections')[0], classes: caps('classifications')[0] };

const item = (index: number) => ({ box: [index, 0, index + 1, 1] as const, score: 0.9, classId: 0, label: 'animal' });

function detect(test: ElementTest, pts: number, count: number, source = 'test', epoch = 0): Promise<void> {
  const items = Array.from({ length: count }, (_, index) => item(index));
  return test.push({ pts, source, epoch, sequence: pts, value: { width: 9, height: 9, items } });
}

/** Says of the crop of one object what it is. */
function classify(
  test: ElementTest,
  pts: number,
  [index, slots]: readonly [number, number],
  label: string,
  source = 'test',
): Promise<void> {
  const of = { sequence: pts, nth: 0 };
  const object = { detection: item(index), of, item: index, slot: index, slots, framePts: pts, frameSequence: 0 };
  return test.push({ pts, source, meta: { object }, value: { items: [{ classId: 0, label, score: 1 }] } }, 'classes');
}

/** `10[cat -]`: time, and what each object is; gaps as `..10`. */
function told(test: ElementTest): string[] {
  return test.out().flatMap((out) => {
    if (out.type === 'gap') return [`..${out.until}`];
    if (out.type !== 'buffer') return [];
    return [`${out.buffer.pts}[${labelsOf(out.buffer).join(' ')}]`];
  });
}

function labelsOf({ value }: StreamBuffer): string[] {
  return (value as DetectionSet).items.map(({ classes }) => classes?.[0]?.label ?? '-');
}

function droppedOf({ elements }: Awaited<ReturnType<ElementTest['end']>>): unknown {
  return elements.find(({ name }) => name === 'attach-classes')!.dropped;
}

describe('attach-classes', () => {
  describe('data', () => {
    it('gives each object what was said of its crop, whatever came first', async () => {
      const test = await testElement(attachClasses, { caps: both });
      await classify(test, 0, [1, 2], 'dog');
      await detect(test, 0, 2);
      assert.deepEqual(told(test), []);
      await classify(test, 0, [0, 2], 'cat');
      await test.settled();
      assert.deepEqual(told(test), ['0[cat dog]']);
      await test.end();
    });

    it('keeps sources apart', async () => {
      const test = await testElement(attachClasses, { caps: both });
      await detect(test, 0, 1, 'a');
      await detect(test, 0, 1, 'b');
      await classify(test, 0, [0, 1], 'cat', 'b');
      await classify(test, 0, [0, 1], 'dog', 'a');
      await test.settled();
      assert.deepEqual(
        test.buffers().map((buffer) => [buffer.source, ...labelsOf(buffer)]),
        [
          ['b', 'cat'],
          ['a', 'dog'],
        ],
      );
      await test.end();
    });

    it('tells detections of one time apart, those of two detectors on one frame and those of frames that are as close', async () => {
      const test = await testElement(attachClasses, { caps: both });
      const say = (sequence: number, nth: number, label: string): Promise<void> => {
        const object = { detection: item(0), of: { sequence, nth }, item: 0, slot: 0, slots: 1, framePts: 7, frameSequence: 0 };
        return test.push({ pts: 7, meta: { object }, value: { items: [{ classId: 0, label, score: 1 }] } }, 'classes');
      };
      const value = { width: 9, height: 9, items: [item(0)] };
      for (const sequence of [0, 0, 1]) await test.push({ pts: 7, sequence, value });
      await say(0, 1, 'car');
      await test.settled();
      // Nothing is said of the first any more, since the second has been spoken of.
      assert.deepEqual(told(test), ['7[-]', '7[car]']);
      await say(0, 0, 'cat');
      await say(1, 0, 'dog');
      await test.settled();
      assert.deepEqual(told(test), ['7[-]', '7[car]', '7[dog]']);
      assert.deepEqual(droppedOf(await test.end()), { late: 1 });
    });

    it('counts classes without detections, and those of no object', async () => {
      const test = await testElement(attachClasses, { caps: both });
      await classify(test, 0, [0, 1], 'cat');
      await test.push({ pts: 5, value: { items: [] } }, 'classes');
      await detect(test, 10, 0);
      await test.settled();
      assert.deepEqual(told(test), ['10[]']);
      assert.deepEqual(droppedOf(await test.end()), { unmatched: 2 });
    });
  });

  describe('timing', () => {
    it('goes on without what is missing once the classes are beyond it, and drops what comes after that', async () => {
      const test = await testElement(attachClasses, { caps: both });
      await detect(test, 0, 2);
      await classify(test, 0, [0, 2], 'cat');
      await detect(test, 10, 1);
      await test.settled();
      assert.deepEqual(told(test), []);
      await test.gap(5, 5, 'classes');
      await test.settled();
      assert.deepEqual(told(test), ['0[cat -]']);
      await classify(test, 0, [1, 2], 'dog');
      assert.deepEqual(droppedOf(await test.end()), { late: 1 });
    });

    it('waits no longer than it may', async () => {
      const test = await testElement(attachClasses, { props: { maxWaitMs: 20 }, caps: both });
      await detect(test, 0, 1);
      test.clock.advanceBy(19_999);
      await test.settled();
      assert.deepEqual(told(test), []);
      test.clock.advanceBy(1);
      await test.settled();
      assert.deepEqual(told(test), ['0[-]']);
      await test.end();
    });

    it('passes gaps on in their place', async () => {
      const test = await testElement(attachClasses, { caps: both });
      await detect(test, 0, 1);
      await test.gap(10, 10);
      await test.settled();
      assert.deepEqual(told(test), []);
      await classify(test, 0, [0, 1], 'cat');
      await test.settled();
      assert.deepEqual(told(test), ['0[cat]', '..20']);
      await test.end();
    });
  });

  describe('backpressure', () => {
    it('holds detections back when too many wait', async () => {
      const test = await testElement(attachClasses, { props: { maxPending: 1 }, caps: both, settings: { queue: { maxBuffers: 1 } } });
      let taken = 0;
      const pushes = [0, 10, 20, 30].map((pts) => detect(test, pts, 1).then(() => taken++));
      await test.settled();
      assert.ok(taken < 4);
      await test.eos('classes');
      await Promise.all(pushes);
      await test.end(() => assert.deepEqual(told(test), ['0[-]', '10[-]', '20[-]', '30[-]']));
    });
  });

  describe('eos and flush', () => {
    it('takes it as settled that a source is given no more classes once it has ended, and tells of its end behind that', async () => {
      const test = await testElement(attachClasses, { caps: both });
      for (const source of ['a', 'b'])
        for (const pad of ['sink', 'classes']) await test.event({ type: 'stream-start', source, epoch: 0 }, pad);
      await classify(test, 0, [1, 2], 'dog', 'a');
      await detect(test, 0, 2, 'a');
      await classify(test, 10, [0, 1], 'cat', 'a');
      await test.event({ type: 'source-end', source: 'a', epoch: 0 });
      assert.deepEqual([told(test), test.sourceEnds()], [['0[- dog]'], []]);
      await detect(test, 0, 1, 'b');
      await classify(test, 0, [1, 2], 'dog', 'b');
      await test.event({ type: 'source-end', source: 'b', epoch: 0 }, 'classes');
      assert.deepEqual(told(test), ['0[- dog]', '0[-]']);
      await test.event({ type: 'source-end', source: 'a', epoch: 0 }, 'classes');
      assert.deepEqual(test.sourceEnds(), [{ source: 'a', epoch: 0, behind: 2 }]);
      assert.deepEqual(droppedOf(await test.end()), { unmatched: 1 });
    });

    it('waits no longer for classes of an epoch once there are some of the next, which nothing of overtakes it', async () => {
      const test = await testElement(attachClasses, { caps: both });
      await detect(test, 0, 1);
      await detect(test, 10, 0, 'test', 1);
      await test.settled();
      assert.deepEqual(told(test), []);
      await test.gap(20, 10, 'classes', 'test', 1);
      assert.deepEqual(told(test), ['0[-]', '10[]']);
      await test.end();
    });

    it('gives everything back when it is aborted', async () => {
      const test = await testElement(attachClasses, { caps: both });
      await detect(test, 0, 1);
      await test.close();
    });
  });

  for (const sets of [1, 2])
    it(`closes the way from frames to objects and to what they are, with sets of detections for a frame: ${sets}`, async () => {
      const SIDE = 32;
      const layout = frameLayout('RGB', SIDE, SIDE);
      const [plane] = layout.planes;
      // Squares of one grey each, as many in a frame as its number says.
      const squares = (frame: number) => Array.from({ length: frame % 4 }, (_, index) => ({ x: index * 8, grey: 40 + 10 * frame + index }));
      const camera = tinyElement('camera', {
        pads: { src: srcPad(rawVideo({ format: 'RGB', width: SIDE, height: SIDE })) },
        create: ({ context, caps }) => {
          let made = 0;
          return {
            produce: () => {
              if (made === 12) return undefined;
              const slab = context.arena.allocate(layout.bytes);
              const bytes = context.arena.bytes(slab.offset, layout.bytes).fill(0);
              for (const { x, grey } of squares(made))
                for (let y = 0; y < 8; y++)
                  bytes.fill(grey, plane!.offset + y * plane!.stride + x * 3, plane!.offset + y * plane!.stride + (x + 8) * 3);
              return new StreamBuffer({ caps: caps.src!, pts: made++ * 10, duration: 10, slabs: [slab] });
            },
          };
        },
      });
      // Each of several sets has its share of the squares.
      const shareOf = (frame: number, own: number) => squares(frame).filter((_, index) => index % sets === own);
      const detector = tinyElement('detector', {
        pads: { sink: sinkPad(rawVideo()), src: srcPad(detections()) },
        create: ({ caps }) => ({
          transform: (buffer) =>
            Array.from({ length: sets }, (_set, own) => {
              const items = shareOf(buffer.pts / 10, own).map(({ x }) => ({
                box: [x, 0, x + 8, 8],
                score: 0.9,
                classId: 0,
                label: 'square',
              }));
              return buffer.derive({ caps: caps.src!, slabs: [], value: { width: SIDE, height: SIDE, items } });
            }),
        }),
      });
      const classifier = tinyElement('classifier', {
        pads: { sink: sinkPad(rawVideo()), src: srcPad(classifications()) },
        create: ({ context, caps }) => ({
          transformBatch: (buffers) =>
            buffers.map((buffer) => {
              const label = `grey ${context.arena.bytes(buffer.slab.offset, 1)[0]}`;
              return buffer.derive({ caps: caps.src!, slabs: [], value: { items: [{ classId: 0, label, score: 1 }] } });
            }),
        }),
      });
      const seen: string[] = [];
      const sink = tinyElement('sink', {
        pads: { sink: sinkPad(detections()) },
        create: () => ({
          render: (buffer) => {
            seen.push(`${buffer.pts} ${labelsOf(buffer).join(', ')}`);
          },
        }),
      });
      const { pipeline, assertClean } = testPipeline([camera, detector, classifier, sink, tee, cropByBoxes, attachClasses], {
        elements: {
          objects: { type: 'tee' },
          'crop-by-boxes': { props: { width: 4, height: 4 } },
          classifier: { batch: { maxSize: 4, maxWaitMs: 0 } },
        },
        links: [
          'camera ! tee',
          'tee ! crop-by-boxes.sink',
          'tee ! detector ! objects',
          'objects ! crop-by-boxes.boxes',
          'objects ! attach-classes.sink',
          'crop-by-boxes ! classifier ! attach-classes.classes',
          'attach-classes ! sink',
        ],
      });
      await pipeline.run();
      assert.deepEqual(
        seen,
        Array.from({ length: 12 }, (_, frame) =>
          Array.from({ length: sets }, (_set, own) => {
            const greys = shareOf(frame, own).map(({ grey }) => `grey ${grey}`);
            return `${frame * 10} ${greys.join(', ')}`;
          }),
        ).flat(),
      );
      assertClean();
    });
});
