import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { AnyElementDefinition } from '../../../src/core/element/define-element.ts';
import { sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { streamDemux } from '../../../src/elements/flow/stream-demux.ts';
import { streamMux } from '../../../src/elements/flow/stream-mux.ts';
import { fakeInference } from '../../../src/elements/inference/fake-inference.ts';
import { tensor, tensors } from '../../../src/media/media-types.ts';
import type { TensorSet } from '../../../src/media/tensor/tensor-set.ts';
import { type ElementTest, testElement } from '../../../src/testing/test-element.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { tinyElement } from '../../support/tiny-element.ts';

const caps = { sink: { media: 'tensor', fields: {} } };
type Options = Parameters<typeof testElement<typeof fakeInference.props>>[1];
const faking = (props: NonNullable<Options>['props'], settings: NonNullable<Options>['settings'] = {}) =>
  testElement(fakeInference, { props: props ?? {}, caps, settings });

/** Pushes items without waiting for room, and lets them arrive. */
async function feed(test: ElementTest, ...items: number[]): Promise<void> {
  for (const item of items) void test.push({ pts: item * 1000, sequence: item, payload: Uint8Array.of(item, 1, 2, 3) });
  await test.settled();
}

const digests = (test: ElementTest): string[] =>
  test.buffers().map(({ slab, bytes }) => createHash('sha256').update(test.arena.bytes(slab.offset, bytes)).digest('hex'));

/** A source of tensors whose bytes follow from its number and the item's. */
function itemSource(source: number, count: number): AnyElementDefinition {
  return tinyElement(`from-${source}`, {
    pads: { src: srcPad(tensor()) },
    negotiate: { srcCaps: () => tensor().caps },
    create: ({ context: { arena }, caps: { src } }) => {
      let made = 0;
      return {
        produce: () => {
          if (made === count) return undefined;
          const slab = arena.allocate(8);
          arena.bytes(slab.offset, 8).set([source, made, 1, 2, 3, 4, 5, 6]);
          return new StreamBuffer({ caps: src!, pts: made++ * 10_000, duration: 10_000, slabs: [slab], bytes: 8 });
        },
      };
    },
  });
}

describe('fake-inference', () => {
  describe('data', () => {
    it('gives the declared tensors, one behind the other in one slab', async () => {
      const test = await faking({ serviceMs: 0, outputs: { boxes: { shape: [3, 4] }, ids: { shape: [5], dtype: 'uint8' } } });
      await feed(test, 1);
      const { boxes, ids } = test.buffers()[0]!.value as TensorSet;
      assert.deepEqual([boxes!.dtype, boxes!.shape, boxes!.offset], ['float32', [3, 4], 0]);
      assert.deepEqual([ids!.dtype, ids!.shape, ids!.offset], ['uint8', [5], 48]);
      const values = test.arena.view('float32', boxes!.slab.offset, 12);
      assert.ok([...values].every((value) => value >= 0 && value < 1));
      assert.ok(new Set(values).size > 1);
      await test.end();
    });

    it('gives the same for the same item in any batch, and something else for another', async () => {
      const alone = await faking({ serviceMs: 0 });
      await feed(alone, 1, 2, 3);
      const together = await faking({ serviceMs: 0 }, { batch: { maxSize: 3, maxWaitMs: null } });
      await feed(together, 1, 2, 3);
      assert.deepEqual(digests(together), digests(alone));
      assert.equal(new Set(digests(alone)).size, 3);
      await alone.end();
      await together.end();
    });
  });

  describe('batches of a stream-mux', () => {
    it('give each stream what it gets alone, in its own order', async function () {
      this.timeout(20_000);
      const given = fc.record({
        counts: fc.array(fc.nat({ max: 7 }), { minLength: 1, maxLength: 5 }),
        maxSize: fc.integer({ min: 1, max: 6 }),
        maxPerSource: fc.constantFrom(null, 1, 2),
        parallel: fc.integer({ min: 1, max: 3 }),
      });
      const props = { serviceMs: 0, outputs: { y: { shape: [2] } } };
      await fc.assert(
        fc.asyncProperty(given, async ({ counts, parallel, ...mux }) => {
          const values: unknown[][] = counts.map(() => []);
          const outOf = (index: number, into: unknown[]) =>
            tinyElement(`to-${index}`, {
              pads: { sink: sinkPad(tensors()) },
              create: ({ context: { arena } }) => ({
                render: ({ pts, source, value }) => {
                  const { slab, offset } = (value as TensorSet)['y']!;
                  into.push([pts, source, ...arena.view('float32', slab.offset + offset, 2)]);
                },
              }),
            });
          const together = testPipeline(
            [
              ...counts.map((count, index) => itemSource(index, count)),
              streamMux,
              fakeInference,
              streamDemux,
              ...counts.map((_, index) => outOf(index, values[index]!)),
            ],
            {
              elements: {
                'stream-mux': { props: { ...mux, maxWaitMs: null, idleMs: 0 } },
                'fake-inference': { props: { ...props, parallel } },
              },
              links: [
                ...counts.map((_, index) => `from-${index} ! stream-mux.sink_${index}`),
                'stream-mux ! fake-inference ! stream-demux',
                ...counts.map((_, index) => `stream-demux.src_${index} ! to-${index}`),
              ],
            } as never,
          );
          await together.pipeline.run();
          together.assertClean();
          for (const [index, count] of counts.entries()) {
            const alone: unknown[] = [];
            const single = testPipeline([itemSource(index, count), fakeInference, outOf(index, alone)], {
              elements: { 'fake-inference': { props } },
              links: [`from-${index} ! fake-inference ! to-${index}`],
            } as never);
            await single.pipeline.run();
            single.assertClean();
            assert.equal(alone.length, count);
            assert.deepEqual(values[index], alone);
          }
        }),
        { numRuns: 60, seed: 3 },
      );
    });
  });

  describe('timing', () => {
    it('takes its time, and more for each item of a batch', async () => {
      const test = await faking({ serviceMs: 10, perItemMs: 2 }, { batch: { maxSize: 2, maxWaitMs: null } });
      await feed(test, 1, 2);
      test.clock.advanceBy(13_999);
      await test.settled();
      assert.equal(test.buffers().length, 0);
      test.clock.advanceBy(1);
      await test.settled();
      assert.equal(test.buffers().length, 2);
      await test.end();
    });

    it('draws times between two bounds, or with a tail, the same for the same seed', async () => {
      const times = async (serviceMs: object, seed: number): Promise<number[]> => {
        const test = await faking({ serviceMs: serviceMs as never, seed });
        const found: number[] = [];
        for (let item = 0; item < 20; item++) {
          await feed(test, item);
          const start = test.clock.now();
          test.clock.advanceTo(test.clock.next!);
          await test.settled();
          found.push(test.clock.now() - start);
        }
        assert.equal(test.buffers().length, 20);
        await test.end();
        return found;
      };
      const uniform = await times({ min: 3, max: 9 }, 1);
      assert.ok(uniform.every((time) => time >= 3000 && time <= 9000));
      assert.ok(new Set(uniform).size > 10);
      assert.deepEqual(await times({ min: 3, max: 9 }, 1), uniform);
      assert.notDeepEqual(await times({ min: 3, max: 9 }, 2), uniform);
      const tail = await times({ min: 2, mean: 5 }, 1);
      assert.ok(Math.min(...tail) >= 2000 && Math.max(...tail) > 7000, `${tail}`);
    });

    it('has as many runs under way as it may, and gives results in order', async () => {
      const test = await faking({ serviceMs: { min: 1, max: 50 }, parallel: 3 });
      await feed(test, 1, 2, 3);
      test.clock.advanceBy(50_000);
      await test.settled();
      assert.deepEqual(
        test.buffers().map(({ pts }) => pts),
        [1000, 2000, 3000],
      );
      await test.end();
    });
  });

  describe('fallback', () => {
    it('takes over and hands back between two buffers: each has one result, in order, that says who made it', async () => {
      const test = await faking({ serviceMs: 20, fallback: { serviceMs: 2 } });
      const time = async (ms: number): Promise<void> => {
        for (let left = ms; left > 0; left--) {
          test.clock.advanceBy(1000);
          await test.settled();
        }
      };
      await feed(test, 0, 1);
      await time(5);
      test.pipeline.setProps('fake-inference', { useFallback: true });
      await feed(test, 2, 3);
      await time(22);
      test.pipeline.setProps('fake-inference', { useFallback: false });
      await feed(test, 4);
      await time(30);
      assert.deepEqual(
        test.buffers().map(({ sequence, meta }) => `${sequence} ${meta.model}`),
        ['0 main', '1 fallback', '2 fallback', '3 fallback', '4 main'],
      );
      await test.end();
    });

    it('is refused where there is none, and no other property may be changed', async () => {
      await assert.rejects(faking({ useFallback: true }), /Cannot use a fallback where there is none/);
      const test = await faking({ fallback: {} });
      assert.throws(() => test.pipeline.setProps('fake-inference', { serviceMs: 9 }), { code: 'element/not-changeable' });
      await test.end();
    });
  });

  describe('errors', () => {
    it('fails as many runs as it is told to', async () => {
      const test = await faking({ serviceMs: 0, failureRate: 0.5 }, { onError: 'skip' });
      for (let item = 0; item < 40; item++) await feed(test, item);
      const failed = test.heard('quarantine');
      assert.ok(failed.length > 8 && failed.length < 32, `${failed.length} failed`);
      assert.equal(failed[0]!.error.code, 'inference/declared-failure');
      assert.equal(test.buffers().length, 40 - failed.length);
      await test.end();
    });

    it('lets go of runs that are under way when the pipeline is taken down', async () => {
      const test = await faking({ serviceMs: 1000 });
      await feed(test, 1, 2);
      await test.close();
    });
  });
});
