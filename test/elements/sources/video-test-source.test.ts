import assert from 'node:assert/strict';
import type { AnyElementDefinition, AnyHooks } from '../../../src/core/element/define-element.ts';
import { Skipped } from '../../../src/core/stream/skipped.ts';
import { throttle } from '../../../src/elements/flow/throttle.ts';
import { videoTestSource } from '../../../src/elements/sources/video-test-source.ts';
import type { DetectionSet } from '../../../src/media/detection/detections.ts';
import { frameLayout, VIDEO_FORMATS, type VideoFormat } from '../../../src/media/frame-layout.ts';
import { TEST_PATTERNS } from '../../../src/media/test-picture/test-patterns.ts';
import { type Kept, keepingSink } from '../../support/frame-source.ts';
import { settled, testPipeline } from '../../support/test-pipeline.ts';

type Props = Record<string, unknown>;

const small = { width: 160, height: 120, count: 3 };

function watching(props: Props, hold?: () => void | Promise<void>) {
  const kept: Kept[] = [];
  const made = testPipeline([videoTestSource, keepingSink('screen', kept, 'any', hold)], {
    elements: { 'video-test-source': { props: { ...small, ...props } } },
    links: ['video-test-source ! screen'],
  });
  return { ...made, kept };
}

async function framesOf(props: Props): Promise<Kept[]> {
  const { pipeline, kept, assertClean } = watching(props);
  await pipeline.run();
  assertClean();
  return kept;
}

/** The components of a pixel of a frame of 160×120 or as said. */
function pixel({ bytes, caps: { fields } }: Kept, x: number, y: number): number[] {
  const format = fields['format'] as VideoFormat;
  const { planes } = frameLayout(format, fields['width'] as number, fields['height'] as number);
  if (format === 'I420')
    return [bytes[y * planes[0]!.stride + x]!, ...[1, 2].map((p) => bytes[planes[p]!.offset + (y >> 1) * planes[p]!.stride + (x >> 1)]!)];
  const size = { NV12: 1, RGB: 3, BGR: 3, RGBA: 4, GRAY8: 1 }[format];
  return [...bytes.subarray(y * planes[0]!.stride + x * size, y * planes[0]!.stride + (x + 1) * size)];
}

const truthOf = ({ buffer }: Kept): DetectionSet => buffer.meta.truth!;

describe('video-test-source', () => {
  describe('negotiation', () => {
    it('says size, format, colours and rate', async () => {
      const [hd] = await framesOf({ width: 1280, height: 720, count: 1, pattern: 'solid' });
      assert.deepEqual(hd!.caps.fields, { format: 'I420', width: 1280, height: 720 });
      assert.deepEqual(hd!.caps.info, { matrix: 'bt709', range: 'limited', frameRate: 30 });
      const [rgb] = await framesOf({ format: 'RGB', frameRate: 12.5 });
      assert.deepEqual(rgb!.caps.info, { matrix: 'bt601', range: 'full', frameRate: 12.5 });
    });
  });

  describe('data', () => {
    for (const format of VIDEO_FORMATS) {
      it(`makes every pattern in ${format}, the same for the same seed`, async () => {
        for (const pattern of TEST_PATTERNS) {
          const [first, again] = [await framesOf({ format, pattern, seed: 7 }), await framesOf({ format, pattern, seed: 7 })];
          assert.equal(first.length, 3);
          for (const [index, { bytes }] of first.entries()) {
            assert.equal(bytes.length, frameLayout(format, 160, 120).bytes);
            assert.deepEqual(bytes, again[index]!.bytes, pattern);
          }
          const [still, moving] = [
            ['smpte', 'checkerboard', 'gradient', 'solid'],
            ['shapes', 'noise'],
          ];
          const differs = Buffer.compare(first[0]!.bytes, first[1]!.bytes) !== 0;
          assert.equal(differs, moving.includes(pattern), `${pattern} is ${still.includes(pattern) ? 'still' : 'moving'}`);
        }
      });
    }

    it('makes other scenes and other noise for other seeds', async () => {
      for (const pattern of ['shapes', 'noise']) {
        const [one, other] = [await framesOf({ pattern, seed: 1 }), await framesOf({ pattern, seed: 2 })];
        assert.notDeepEqual(one[0]!.bytes, other[0]!.bytes);
      }
    });

    it('shows the bars of SMPTE EG 1-1990', async () => {
      const [frame] = await framesOf({ pattern: 'smpte', width: 280, height: 120 });
      // Y, U and V of 75 % bars in 8 bits, from the tables of BT.601; the middle of each bar.
      const bars = [
        [180, 128, 128],
        [162, 44, 142],
        [131, 156, 44],
        [112, 72, 58],
        [84, 184, 198],
        [65, 100, 212],
        [35, 212, 114],
      ];
      for (const [index, expected] of bars.entries()) {
        const found = pixel(frame!, 20 + index * 40, 20);
        assert.ok(
          found.every((value, c) => Math.abs(value - expected[c]!) <= 1),
          `bar ${index}: ${found} for ${expected}`,
        );
      }
      assert.equal(pixel(frame!, 75, 110)[0], 235);
      assert.deepEqual(pixel(frame!, 20, 85), pixel(frame!, 260, 20));
    });

    it('fills a frame with the colour asked for, and rules it in black and white', async () => {
      const [solid] = await framesOf({ pattern: 'solid', format: 'RGB', colour: [1, 20, 250] });
      for (const [x, y] of [
        [0, 0],
        [159, 119],
        [80, 60],
      ] as const)
        assert.deepEqual(pixel(solid!, x, y), [1, 20, 250]);
      const [squares] = await framesOf({ pattern: 'checkerboard', format: 'GRAY8' });
      const at = (x: number, y: number) => pixel(squares!, x, y)[0];
      assert.deepEqual([at(0, 0), at(31, 31), at(32, 0), at(63, 31), at(0, 32), at(32, 32)], [255, 255, 0, 0, 0, 255]);
      const [ramp] = await framesOf({ pattern: 'gradient', format: 'GRAY8' });
      const row = Array.from({ length: 160 }, (_, x) => pixel(ramp!, x, 60)[0]!);
      assert.deepEqual([row[0], row[159]], [0, 255]);
      assert.ok(row.every((value, x) => x === 0 || value >= row[x - 1]!));
    });

    it('keeps noise opaque', async () => {
      const [one] = await framesOf({ pattern: 'noise', format: 'RGBA' });
      const values = Array.from({ length: 100 }, (_, i) => pixel(one!, i, i));
      assert.ok(values.every(([, , , alpha]) => alpha === 255));
      assert.ok(new Set(values.map(([red]) => red)).size > 50);
    });
  });

  describe('truth', () => {
    it('says where each shape is, to the pixel', async () => {
      for (const seed of [1, 2, 3, 4, 5, 6]) {
        const frames = await framesOf({ objects: 1, seed, format: 'RGB', count: 40, width: 200, height: 100 });
        for (const frame of [frames[0]!, frames[23]!, frames[39]!]) {
          // The background is grey: its channels differ by 20 at most.
          const isObject = (x: number, y: number) => {
            const values = pixel(frame, x, y);
            return Math.max(...values) - Math.min(...values) > 60 || Math.min(...values) > 160;
          };
          let [left, top, right, bottom] = [1e9, 1e9, -1, -1];
          for (let y = 0; y < 100; y++) {
            for (let x = 0; x < 200; x++) {
              if (isObject(x, y))
                [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x + 1), Math.max(bottom, y + 1)];
            }
          }
          const { box } = truthOf(frame).items[0]!;
          // The outermost pixels of round and pointed shapes are faint.
          for (const [side, found] of [left, top, right, bottom].entries())
            assert.ok(Math.abs(found - box[side]!) <= 2, `seed ${seed}: ${[left, top, right, bottom]} for ${box}`);
        }
      }
    });

    it('keeps shapes inside the picture and apart, and moves them', async () => {
      const frames = await framesOf({ objects: 5, count: 200, seed: 3 });
      for (const frame of frames) {
        const { items, width, height } = truthOf(frame);
        assert.equal(items.length, 5);
        for (const [index, { box }] of items.entries()) {
          assert.ok(box[0] >= 0 && box[1] >= 0 && box[2] <= width && box[3] <= height, `${box}`);
          for (const { box: other } of items.slice(index + 1)) assert.ok(box[3] <= other[1] || other[3] <= box[1], `${box} and ${other}`);
        }
      }
      const places = new Set(frames.map((frame) => truthOf(frame).items[0]!.box.join()));
      assert.ok(places.size > 20, `${places.size} places`);
    });

    it('comes as detections too, where that is linked', async () => {
      const [video, truth]: [Kept[], Kept[]] = [[], []];
      const { pipeline, assertClean } = testPipeline([videoTestSource, keepingSink('screen', video), keepingSink('list', truth)], {
        elements: { 'video-test-source': { props: { ...small, count: 40 } } },
        links: ['video-test-source ! screen', 'video-test-source.truth ! list'],
      });
      await pipeline.run();
      assert.equal(truth.length, 40);
      for (const [index, { buffer, pts }] of truth.entries()) {
        assert.deepEqual(buffer.value, truthOf(video[index]!));
        assert.deepEqual(
          [pts, buffer.sequence, buffer.source],
          [video[index]!.pts, video[index]!.buffer.sequence, video[index]!.buffer.source],
        );
      }
      assertClean();
    });
  });

  describe('timing', () => {
    it('sets times that do not drift at odd rates', async () => {
      const frames = await framesOf({ frameRate: 29.97, count: 300, width: 16, height: 16, pattern: 'solid' });
      for (const [index, { pts, buffer }] of frames.entries()) {
        assert.equal(pts, Math.round((index * 1e6) / 29.97));
        assert.equal(pts + buffer.duration!, Math.round(((index + 1) * 1e6) / 29.97));
      }
    });

    it('gives each frame when its time has come, if live', async () => {
      const { pipeline, clock, kept, assertClean } = watching({ live: true, frameRate: 25, count: 4 });
      const running = pipeline.run();
      await settled();
      assert.deepEqual(
        kept.map(({ pts }) => pts),
        [0],
      );
      clock.advanceBy(39_999);
      await settled();
      assert.equal(kept.length, 1);
      for (const [step, expected] of [
        [1, 2],
        [40_000, 3],
        [40_000, 4],
      ] as const) {
        clock.advanceBy(step);
        await settled();
        assert.equal(kept.length, expected);
      }
      await running;
      assertClean();
    });

    it('leaves out frames whose time is over, and counts them', async () => {
      const { pipeline, clock, kept, assertClean } = watching({ live: true, frameRate: 25, count: 20 });
      const running = pipeline.run();
      await settled();
      clock.advanceBy(10 * 40_000 + 5_000);
      await settled();
      // The frame that was waited for comes late, then those of the present.
      for (let step = 0; step < 20; step++) {
        clock.advanceBy(40_000);
        await settled();
      }
      const { elements } = await running;
      const steps = kept.map(({ pts }) => pts / 40_000);
      assert.deepEqual(steps.slice(0, 4), [0, 1, 10, 11]);
      assert.equal(kept.find(({ pts }) => pts === 10 * 40_000)!.buffer.discont, true);
      assert.equal(kept.length + elements.find(({ type }) => type === 'video-test-source')!.dropped['late']!, 20);
      assert.deepEqual(
        kept.map(({ buffer }) => buffer.sequence),
        kept.map((_, index) => index),
      );
      assertClean();
    });

    for (const [ticks, expected] of Object.entries({
      skipMissed: [0, 1, 10, 11, 12],
      catchUp: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
      minimumGap: [0, 10.125, 11.125, 12.125],
    })) {
      it(`gives frames whose time is over as it is told: ${ticks}`, async () => {
        const { pipeline, clock, kept, assertClean } = watching({ live: true, frameRate: 25, count: -1, ticks });
        const running = pipeline.run();
        await settled();
        clock.advanceBy(10 * 40_000 + 5_000);
        await settled(40);
        for (let step = 0; step < 2; step++) {
          clock.advanceBy(40_000);
          await settled();
        }
        assert.deepEqual(
          kept.map(({ pts }) => pts / 40_000),
          expected,
        );
        pipeline.stop();
        await running;
        assertClean();
      });
    }

    it('has frames come late by chance, the same for the same seed, each with its own pts', async () => {
      const arrivals = async (seed: number): Promise<number[]> => {
        const { pipeline, clock, kept, assertClean } = watching({ live: true, frameRate: 25, count: 8, jitterMs: 20, seed });
        const running = pipeline.run();
        const late: number[] = [];
        for (let now = 0; now < 8 * 40_000; now += 1000) {
          await settled();
          for (let index = late.length; index < kept.length; index++) late.push(now - kept[index]!.pts);
          clock.advanceBy(1000);
        }
        await running;
        assertClean();
        assert.deepEqual(
          kept.map(({ pts }) => pts),
          late.map((_, index) => index * 40_000),
        );
        return late;
      };
      const first = await arrivals(1);
      assert.ok(first.every((by) => by >= 0 && by <= 20_000) && new Set(first).size > 4, `${first}`);
      assert.deepEqual(await arrivals(1), first);
      assert.notDeepEqual(await arrivals(2), first);
    });

    it('gives nothing while it is silent, and goes on at the time of its next frame', async () => {
      const { pipeline, clock, kept, assertClean } = watching({
        live: true,
        frameRate: 25,
        count: 20,
        silent: { fromMs: 120, forMs: 400 },
      });
      const running = pipeline.run();
      for (let step = 0; step < 20; step++) {
        await settled();
        assert.equal(kept.length, step < 3 ? step + 1 : Math.max(3, step - 9), `after ${step} frames`);
        clock.advanceBy(40_000);
      }
      await running;
      assert.deepEqual(
        kept.map(({ pts, buffer }) => (buffer.discont ? `${pts / 40_000}!` : pts / 40_000)),
        [0, 1, 2, '13!', 14, 15, 16, 17, 18, 19],
      );
      assertClean();
    });
  });

  describe('what is not needed', () => {
    /** Frames behind a throttle that passes every fourth, and what the source gave: frames, or what stands for one that is not drawn. */
    async function throttled({ failsAt }: { failsAt?: number } = {}) {
      const given: string[] = [];
      const kept: Kept[] = [];
      const source: AnyElementDefinition = {
        ...videoTestSource,
        create: async (context) => {
          const hooks = (await videoTestSource.create(context as never)) as AnyHooks;
          return {
            ...hooks,
            produce: async () => {
              if (given.length === failsAt) {
                given.push('fault');
                throw new Error('unplugged');
              }
              const one = await hooks.produce!();
              given.push(one instanceof Skipped ? 'skipped' : one === undefined ? 'end' : 'drawn');
              return one;
            },
          };
        },
      };
      const made = testPipeline([source, throttle, keepingSink('screen', kept)], {
        elements: {
          'video-test-source': {
            props: { ...small, frameRate: 100, count: 12 },
            onError: 'restart',
            restart: { firstDelayMs: 10, maxAttempts: null },
          },
          throttle: { props: { intervalMs: 40 } },
        },
        links: ['video-test-source ! throttle ! screen'],
      });
      let isOver = false;
      const running = made.pipeline.run().finally(() => {
        isOver = true;
      });
      while (!isOver) {
        await settled();
        made.clock.advanceBy(10_000);
      }
      const { elements } = await running;
      made.assertClean();
      return { given, kept, source: elements.find(({ type }) => type === 'video-test-source')! };
    }

    it('is not drawn, and counted as skipped', async () => {
      const { given, kept, source } = await throttled();
      const four = ['drawn', 'skipped', 'skipped', 'skipped'];
      assert.deepEqual(given, [...four, ...four, ...four, 'end']);
      assert.deepEqual([source.received, source.handled, source.dropped], [12, 3, { skipped: 9 }]);
      assert.deepEqual(
        kept.map(({ pts, buffer }) => [pts, buffer.sequence]),
        [0, 4, 8].map((frame) => [frame * 10_000, frame]),
      );
    });

    it('is not drawn after a restart either', async () => {
      const { given, kept, source } = await throttled({ failsAt: 6 });
      const four = ['drawn', 'skipped', 'skipped', 'skipped'];
      assert.deepEqual(given, [...four, 'drawn', 'skipped', 'fault', ...four, ...four, ...four, 'end']);
      assert.deepEqual(source.dropped, { skipped: 13 });
      assert.deepEqual(
        kept.map(({ buffer }) => buffer.epoch),
        [0, 0, 1, 1, 1],
      );
    });
  });

  describe('backpressure', () => {
    it('makes no more frames than can be taken', async () => {
      let most = 0;
      const made = watching({ count: 50 }, async () => {
        most = Math.max(most, made.arena.statistics.slabsInUse);
        await new Promise(setImmediate);
      });
      await made.pipeline.run();
      assert.equal(made.kept.length, 50);
      // The frames, the pool's account, the background and four shapes.
      assert.ok(most <= 4 + 1 + 1 + 4, `${most} slabs`);
      made.assertClean();
    });
  });

  describe('eos, stop and abort', () => {
    it('ends after as many frames as asked, none included, any number of times', async () => {
      const { pipeline, kept, assertClean } = watching({ count: 2 });
      for (let run = 0; run < 3; run++) await pipeline.run();
      assert.deepEqual(
        kept.map(({ pts }) => pts),
        [0, 33_333, 0, 33_333, 0, 33_333],
      );
      assertClean();
      assert.deepEqual(await framesOf({ count: 0 }), []);
    });

    it('stops at once, though the next frame is not due yet', async () => {
      const { pipeline, kept, assertClean } = watching({ live: true, count: -1 });
      const running = pipeline.run();
      await settled();
      pipeline.stop();
      await running;
      assert.equal(kept.length, 1);
      assertClean();
    });

    it('is aborted at once, though the next frame is not due yet', async () => {
      const { pipeline, arena } = watching({ live: true, count: -1 });
      const running = assert.rejects(pipeline.run());
      await settled();
      pipeline.abort();
      await running;
      assert.equal(arena.statistics.slabsInUse, 0);
    });

    it('stops when it goes on for ever', async () => {
      const { pipeline, kept, assertClean } = watching({ count: -1 }, () => {
        if (kept.length === 30) pipeline.stop();
      });
      await pipeline.run();
      assert.ok(kept.length >= 30 && kept.length < 60, `${kept.length} frames`);
      assertClean();
    });
  });
});
