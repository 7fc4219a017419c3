import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { caps } from '../../../src/core/caps/caps.ts';
import { cropByBoxes } from '../../../src/elements/fusion/crop-by-boxes.ts';
import type { Box } from '../../../src/media/detection/detections.ts';
import { frameLayout } from '../../../src/media/frame-layout.ts';
import { type ElementTest, testElement } from '../../../src/testing/test-element.ts';

const folder = new URL('../../references/fusion/', import.meta.url);
const reference = JSON.parse(readFileSync(new URL('crops.json', folder), 'utf8')) as {
  width: number;
  height: number;
  size: [number, number];
  boxes: Box[];
};
const found = caps('detections')[0];

const frames = (width: number, height: number) => caps('video/raw', { format: 'RGB', width, height })[0];
const small = { sink: frames(16, 16), boxes: found };
const pixels = (side = 16) => new Uint8Array(frameLayout('RGB', side, side).bytes);

function detectionsOf(...boxes: Box[]): { width: number; height: number; items: object[] } {
  return { width: 16, height: 16, items: boxes.map((box, index) => ({ box, score: 0.9, classId: index, label: `class ${index}` })) };
}

const ONE: Box = [2, 2, 10, 10];

/** `40<38:1/2`: time of the boxes, time of the frame, which crop of how many; gaps as `..40`. */
function told(test: ElementTest): string[] {
  return test.out().flatMap((out) => {
    if (out.type === 'gap') return [`..${out.until}`];
    if (out.type !== 'buffer') return [];
    const { slot, slots, framePts } = out.buffer.meta.object!;
    return [`${out.buffer.pts}<${framePts}:${slot + 1}/${slots}`];
  });
}

function droppedOf({ elements }: Awaited<ReturnType<ElementTest['end']>>): unknown {
  return elements.find(({ name }) => name === 'crop-by-boxes')!.dropped;
}

type Props = NonNullable<Parameters<typeof testElement<typeof cropByBoxes.props>>[1]>['props'];

const start = (props: Props = {}) =>
  testElement(cropByBoxes, { props: { width: 4, height: 4, ...props }, caps: small, settings: { queue: { maxBuffers: 1 } } });
const frameAt = (test: ElementTest, pts: number, source = 'test') => test.push({ pts, source, payload: pixels() });
const boxesAt = (test: ElementTest, pts: number, boxes: readonly Box[] = [ONE], source = 'test') =>
  test.push({ pts, source, duration: 10, value: detectionsOf(...boxes) }, 'boxes');

describe('crop-by-boxes', () => {
  describe('negotiation', () => {
    it('makes crops of the size that is asked for, as video or as tensors', async () => {
      const test = await testElement(cropByBoxes, { props: { width: 24, height: 20 }, caps: small });
      const [first] = test.out();
      assert.deepEqual(first?.type === 'caps' && first.caps.fields, { format: 'RGB', width: 24, height: 20 });
      await test.end();
    });
  });

  describe('data', () => {
    it('cuts and scales as OpenCV does, to a level of 255', async () => {
      const { width, height, size, boxes } = reference;
      const bytes = readFileSync(new URL('crops.bin', folder));
      const layout = frameLayout('RGB', width, height);
      const row = width * 3;
      for (const [index, box] of boxes.entries()) {
        const test = await testElement(cropByBoxes, {
          props: { width: size[0], height: size[1] },
          caps: { sink: frames(width, height), boxes: found },
        });
        const payload = new Uint8Array(layout.bytes);
        const [plane] = layout.planes;
        for (let y = 0; y < height; y++) payload.set(bytes.subarray(y * row, (y + 1) * row), plane!.offset + y * plane!.stride);
        await test.push({ pts: 0, payload });
        await test.push({ pts: 0, value: { ...detectionsOf(box), width, height } }, 'boxes');
        await test.settled();
        const [crop] = test.buffers();
        const target = frameLayout('RGB', ...size);
        const picture = test.arena.bytes(crop!.slab.offset, target.bytes);
        const cropRow = size[0] * 3;
        const from = width * height * 3 + index * cropRow * size[1];
        for (let y = 0; y < size[1]; y++) {
          const wanted = bytes.subarray(from + y * cropRow, from + (y + 1) * cropRow);
          const line = picture.subarray(target.planes[0]!.offset + y * target.planes[0]!.stride).subarray(0, cropRow);
          for (let x = 0; x < cropRow; x++)
            assert.ok(Math.abs(line[x]! - wanted[x]!) <= 1, `box ${index}, row ${y}, byte ${x}: ${line[x]} for ${wanted[x]}`);
        }
        await test.end();
      }
    });

    it('gives one crop for each object, with what leads back to it', async () => {
      const test = await start();
      await test.push({ pts: 5, sequence: 7, source: 'camera', payload: pixels() });
      await boxesAt(test, 5, [ONE, [3, 4, 5, 6]], 'camera');
      await test.settled();
      const crops = test.buffers();
      assert.deepEqual(
        crops.map(({ source, pts, meta: { object } }) => [source, pts, object!.item, object!.slot, object!.slots, object!.frameSequence]),
        [
          ['camera', 5, 0, 0, 2, 7],
          ['camera', 5, 1, 1, 2, 7],
        ],
      );
      // The crop's own geometry leads from the frame to it.
      assert.deepEqual(crops[1]!.meta.geometry, { frame: { width: 16, height: 16 }, affine: { sx: 2, sy: 2, tx: -6, ty: -8 } });
      await test.end();
    });

    it('takes boxes in pixels of the source frame, whatever has been done to the picture', async () => {
      const test = await start();
      const geometry = { frame: { width: 32, height: 32 }, affine: { sx: 0.5, sy: 0.5, tx: 0, ty: 0 } };
      await test.push({ pts: 0, meta: { geometry }, payload: pixels() });
      await boxesAt(test, 0, [[8, 16, 16, 24]]);
      await test.settled();
      assert.deepEqual(test.buffers()[0]!.meta.geometry!.affine, { sx: 0.5, sy: 0.5, tx: -4, ty: -8 });
      await test.end();
    });

    it('leaves out what is small, of other classes, outside of the frame, or one too many', async () => {
      const test = await start({ minSize: 3, labels: ['class 1', 'class 2', 'class 3', 'class 4'], maxObjects: 1 });
      await frameAt(test, 0);
      await boxesAt(test, 0, [ONE, [0, 0, 9, 2], [40, 40, 50, 50], [1, 1, 5, 5], ONE]);
      await test.settled();
      assert.deepEqual(
        test.buffers().map(({ meta }) => meta.object!.item),
        [3],
      );
      await test.end();
    });

    it('leaves out boxes that are none, and cuts those that are larger than the frame to it', async () => {
      for (const margin of [0, 4]) {
        const test = await start({ minSize: 0, margin, maxObjects: 1000 });
        await frameAt(test, 0);
        const { NaN: none, POSITIVE_INFINITY: endless } = Number;
        const boxes: readonly (readonly [Box, boolean])[] = [
          [[none, 2, 10, 10], false],
          [[2, 2, 10, none], false],
          [[-endless, -endless, endless, endless], false],
          [[2, 2, endless, 10], false],
          [[10, 10, 2, 2], false],
          [[4, 4, 4, 4], false],
          [[-300, 2, -250, 10], false],
          [[160, 160, 161, 161], false],
          [[-1e308, -1e308, 1e308, 1e308], true],
          [[-1e9, 3, 1e9, 4], true],
          [[15.5, 15.5, 15.5, 15.5], true],
          [[-5, -5, 1, 1], true],
        ];
        await boxesAt(
          test,
          0,
          boxes.map(([box]) => box),
        );
        await test.settled();
        assert.deepEqual(
          test.buffers().map(({ meta }) => meta.object!.item),
          boxes.flatMap(([, isCut], index) => (isCut ? [index] : [])),
        );
        await test.end();
      }
    });

    it('cuts nothing beyond the frame, whatever the boxes are', async function () {
      this.timeout(60_000);
      const side = fc.oneof(fc.double({ min: -30, max: 30 }), fc.double(), fc.constantFrom(0, 16, 15.999, -0));
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(side, side, side, side), { maxLength: 8 }),
          fc.constantFrom(0, 0.5, 4),
          async (boxes, margin) => {
            const test = await start({ minSize: 0, margin });
            // Every pixel of the frame is 7; what lies beyond it is not.
            await test.push({ pts: 0, payload: pixels().fill(7) });
            await boxesAt(test, 0, boxes);
            await test.settled();
            for (const { slab } of test.buffers()) {
              const { planes } = frameLayout('RGB', 4, 4);
              for (let y = 0; y < 4; y++)
                assert.ok(test.arena.bytes(slab.offset + planes[0]!.offset + y * planes[0]!.stride, 12).every((one) => one === 7));
            }
            assert.ok(test.out().length > 1, 'crops, or a gap for them');
            await test.end();
          },
        ),
        { numRuns: 100 },
      );
    });

    it('goes by source and by epoch: interleaved streams give what each gives alone', async () => {
      const test = await start();
      await frameAt(test, 0, 'a');
      await frameAt(test, 0, 'b');
      await boxesAt(test, 0, [ONE], 'b');
      await boxesAt(test, 0, [ONE], 'a');
      await test.settled();
      assert.deepEqual(
        test.buffers().map(({ source }) => source),
        ['b', 'a'],
      );
      await test.push({ pts: 0, epoch: 1, source: 'a', value: detectionsOf(ONE) }, 'boxes');
      await test.settled();
      assert.equal(test.buffers().length, 2, 'the frame is of another epoch');
      assert.deepEqual(droppedOf(await test.end()), { unmatched: 1 });
    });
  });

  describe('timing', () => {
    it('holds frames until later boxes come, and lets go of those without any', async () => {
      const test = await start();
      for (const pts of [0, 10, 20, 30]) await frameAt(test, pts);
      await boxesAt(test, 10);
      await boxesAt(test, 30);
      await test.settled();
      assert.deepEqual(told(test), ['10<10:1/1', '30<30:1/1']);
      assert.deepEqual(droppedOf(await test.end()), { 'no-boxes': 2 });
    });

    it('takes the nearest frame within the tolerance, once it is certain which that is', async () => {
      const test = await start({ toleranceMs: 0.006 });
      await frameAt(test, 0);
      await boxesAt(test, 4);
      await test.settled();
      assert.deepEqual(told(test), []);
      await frameAt(test, 6);
      await test.settled();
      assert.deepEqual(told(test), ['4<6:1/1']);
      await test.end();
    });

    it('drops boxes whose frame could not be held so long as late, and says so with a gap', async () => {
      const test = await start({ holdMs: 0.015 });
      for (const pts of [0, 10, 20, 30]) await frameAt(test, pts);
      await boxesAt(test, 10);
      await boxesAt(test, 20);
      await test.settled();
      assert.deepEqual(told(test), ['..20', '20<20:1/1']);
      assert.deepEqual(droppedOf(await test.end()), { late: 1, 'no-boxes': 1, overflow: 2 });
    });

    it('takes the nearest frame that is still there where it is asked to', async () => {
      const test = await start({ holdMs: 0.015, onLate: 'nearest' });
      for (const pts of [0, 10, 20, 30]) await frameAt(test, pts);
      await boxesAt(test, 10);
      await test.settled();
      assert.deepEqual(told(test), ['10<20:1/1']);
      await test.end();
    });

    it('drops boxes of a time at which there was no frame', async () => {
      const test = await start();
      for (const pts of [0, 10]) await frameAt(test, pts);
      await boxesAt(test, 5);
      await test.settled();
      assert.deepEqual(told(test), ['..15']);
      assert.deepEqual(droppedOf(await test.end()), { unmatched: 1, 'no-boxes': 2 });
    });

    it('sends a gap where nothing was found, and passes on that there will be nothing', async () => {
      const test = await start();
      await frameAt(test, 0);
      await boxesAt(test, 0, []);
      await test.gap(10, 20, 'boxes');
      await test.settled();
      assert.deepEqual(told(test), ['..10', '..30']);
      await test.end();
    });

    it('gives the same in whatever order frames and boxes come together', async () => {
      const scene = fc.record({
        frames: fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { maxLength: 6 }),
        boxes: fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { maxLength: 3 }),
        orders: fc.array(fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }), { minLength: 2, maxLength: 2 }),
      });
      await fc.assert(
        fc.asyncProperty(scene, async ({ frames, boxes, orders }) => {
          const run = async (order: readonly boolean[]): Promise<unknown> => {
            const test = await start({ toleranceMs: 0.015 });
            const left = [frames, boxes].map((times) => [...times].sort((a, b) => a - b));
            for (let turn = 0; left.some(({ length }) => length > 0); turn++) {
              const isFrame = left[1]!.length === 0 || (left[0]!.length > 0 && order[turn] === true);
              const pts = left[isFrame ? 0 : 1]!.shift()! * 10;
              await (isFrame ? frameAt(test, pts) : boxesAt(test, pts));
            }
            let sets: string[] = [];
            const summary = await test.end(() => {
              sets = told(test);
            });
            return { sets, dropped: droppedOf(summary) };
          };
          assert.deepEqual(await run(orders[0]!), await run(orders[1]!));
        }),
        { seed: 20_261_125, numRuns: 60 },
      );
    });
  });

  describe('backpressure', () => {
    it('holds frames back when too many wait for boxes, or drops the oldest where it is asked to', async () => {
      const test = await start({ maxPending: 2 });
      let taken = 0;
      const pushes = [0, 10, 20, 30, 40].map((pts) => frameAt(test, pts).then(() => taken++));
      await test.settled();
      assert.ok(taken < 5);
      await boxesAt(test, 40);
      await Promise.all(pushes);
      await test.end(() => assert.deepEqual(told(test), ['40<40:1/1']));

      const leaky = await start({ maxPending: 2, onFull: 'dropOldest' });
      for (const pts of [0, 10, 20, 30]) await frameAt(leaky, pts);
      await boxesAt(leaky, 0);
      assert.deepEqual(droppedOf(await leaky.end()), { overflow: 2, late: 1, 'no-boxes': 2 });
    });
  });

  describe('eos and flush', () => {
    const begin = async (test: ElementTest, ...sources: readonly string[]): Promise<void> => {
      for (const source of sources) for (const pad of ['sink', 'boxes']) await test.event({ type: 'stream-start', source, epoch: 0 }, pad);
    };

    it('lets go of the frames of a source, or of an epoch, that has ended at both inputs', async () => {
      const test = await start();
      const { slabsInUse } = test.arena.statistics;
      await begin(test, 'a', 'b');
      await boxesAt(test, 0, [], 'a');
      for (const pts of [0, 10, 20]) await frameAt(test, pts, 'a');
      for (const pad of ['boxes', 'sink']) await test.event({ type: 'source-end', source: 'a', epoch: 0 }, pad);
      assert.equal(test.arena.statistics.slabsInUse, slabsInUse);
      assert.deepEqual(test.sourceEnds(), [{ source: 'a', epoch: 0, behind: 0 }]);
      for (const pts of [0, 10]) await frameAt(test, pts, 'b');
      await test.gap(20, 10, 'sink', 'b', 1);
      await test.gap(20, 10, 'boxes', 'b', 1);
      assert.equal(test.arena.statistics.slabsInUse, slabsInUse);
      assert.deepEqual(droppedOf(await test.end()), { 'no-boxes': 4 });
    });

    it('takes it as settled that no nearer frame comes once a source has ended', async () => {
      const test = await start({ toleranceMs: 1 });
      await begin(test, 'a', 'b');
      await frameAt(test, 0, 'a');
      await boxesAt(test, 500, [ONE], 'a');
      assert.deepEqual(told(test), []);
      await test.event({ type: 'source-end', source: 'a', epoch: 0 });
      assert.deepEqual(told(test), ['500<0:1/1']);
      await test.end();
    });

    it('tells of the end of a source behind the last of its crops', async () => {
      const test = await start({ toleranceMs: 1 });
      await begin(test, 'a', 'b');
      const unblock = test.block();
      await frameAt(test, 0, 'a');
      for (const pts of [500, 600, 700]) await boxesAt(test, pts, [ONE, ONE], 'a');
      await test.event({ type: 'source-end', source: 'a', epoch: 0 }, 'boxes');
      const ended = test.event({ type: 'source-end', source: 'a', epoch: 0 });
      await test.settled();
      unblock();
      await ended;
      assert.deepEqual(test.sourceEnds(), [{ source: 'a', epoch: 0, behind: 6 }]);
      await test.end();
    });

    it('gives everything back when it is aborted', async () => {
      const test = await start();
      test.block();
      for (const pts of [0, 10, 20]) {
        void frameAt(test, pts);
        void boxesAt(test, pts, [ONE, ONE, ONE]);
      }
      await test.settled();
      await test.close();
    });
  });
});
