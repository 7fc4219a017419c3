import assert from 'node:assert/strict';
import fc from 'fast-check';
import { caps } from '../../../src/core/caps/caps.ts';
import { anyMedia, sinkPad } from '../../../src/core/element/pad-template.ts';
import { tee } from '../../../src/elements/flow/tee.ts';
import { tensorAggregate } from '../../../src/elements/fusion/tensor-aggregate.ts';
import { type ElementTest, testElement } from '../../../src/testing/test-element.ts';
import { probe, scriptedSource } from '../../support/probe.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { tinyElement } from '../../support/tiny-element.ts';

const tensorOf = (...shape: number[]) => caps('tensor', { dtype: 'uint8', shape })[0];
const one = tensorOf(1);

/** `0+20[1 2]`: time, duration and numbers of each output; gaps as `..40`. */
function told(test: ElementTest): string[] {
  return test.out().flatMap((out) => {
    if (out.type === 'gap') return [`..${out.until}`];
    if (out.type !== 'buffer') return [];
    const { pts, duration, slab, bytes, discont } = out.buffer;
    return [`${discont ? '!' : ''}${pts}+${duration ?? '?'}[${[...test.arena.bytes(slab.offset, bytes)].join(' ')}]`];
  });
}

async function pushAll(test: ElementTest, count: number, duration: number | undefined = 10): Promise<void> {
  for (let i = 0; i < count; i++) await test.push({ pts: i * 10, duration, payload: Uint8Array.of(i) });
}

function droppedOf({ elements }: Awaited<ReturnType<ElementTest['end']>>): unknown {
  return elements.find(({ name }) => name === 'tensor-aggregate')!.dropped;
}

describe('tensor-aggregate', () => {
  describe('negotiation', () => {
    it('gives as many frames as it is asked for, along the axis', async () => {
      const props = { framesIn: 2, framesOut: 5, axis: 1 };
      const test = await testElement(tensorAggregate, { props, caps: { sink: tensorOf(3, 4, 2) } });
      const [first] = test.out();
      assert.deepEqual(first?.type === 'caps' && first.caps.fields, { dtype: 'uint8', shape: [3, 10, 2] });
      await test.end();
    });

    it('refuses an axis that is not there, or not so many frames', async () => {
      await assert.rejects(
        testElement(tensorAggregate, { props: { axis: 1 }, caps: { sink: one } }),
        /there is no axis 1; set axis to fit/,
      );
      const uneven = testElement(tensorAggregate, { props: { framesIn: 2 }, caps: { sink: tensorOf(3, 2) } });
      await assert.rejects(uneven, /Cannot gather frames of 3×2: its axis 0 of 3 is not 2 frames of one size/);
      for (const [shape, axis] of [
        [['length', 2], 0],
        [[2, 'length'], 0],
      ] as const) {
        const varying = caps('tensor', { dtype: 'uint8', shape: [...shape] })[0];
        await assert.rejects(testElement(tensorAggregate, { props: { axis }, caps: { sink: varying } }), /they differ in size/);
      }
    });
  });

  describe('data', () => {
    it('gathers frames without overlap where nothing else is said', async () => {
      const test = await testElement(tensorAggregate, { props: { framesOut: 2 }, caps: { sink: one } });
      await pushAll(test, 5);
      assert.deepEqual(told(test), ['0+20[0 1]', '20+20[2 3]']);
      assert.deepEqual(droppedOf(await test.end()), { incomplete: 1 });
    });

    it('makes frames of no size into frames of no size', async () => {
      const test = await testElement(tensorAggregate, { props: { framesOut: 2, axis: 1 }, caps: { sink: tensorOf(0, 1) } });
      await pushAll(test, 2);
      assert.deepEqual(told(test), ['0+20[]']);
      await test.end();
    });

    it('puts frames side by side along an inner axis', async () => {
      const test = await testElement(tensorAggregate, { props: { framesOut: 2, axis: 1 }, caps: { sink: tensorOf(2, 3) } });
      await test.push({ pts: 0, payload: Uint8Array.of(1, 2, 3, 4, 5, 6) });
      await test.push({ pts: 1, payload: Uint8Array.of(11, 12, 13, 14, 15, 16) });
      assert.deepEqual(told(test), ['0+?[1 2 3 11 12 13 4 5 6 14 15 16]']);
      await test.end();
    });

    it('gives, for any sizes, what slices of the whole stream are, and accounts for every buffer', async function () {
      this.timeout(20_000);
      const sizes = fc.record({
        framesIn: fc.integer({ min: 1, max: 5 }),
        framesOut: fc.integer({ min: 1, max: 7 }),
        flush: fc.integer({ min: 1, max: 9 }),
        most: fc.integer({ min: 0, max: 12 }),
        outer: fc.integer({ min: 1, max: 3 }),
        inner: fc.integer({ min: 1, max: 5 }),
      });
      await fc.assert(
        fc.asyncProperty(sizes, async ({ framesIn, framesOut, flush, most, outer, inner }) => {
          // What is caught keeps its memory, of which there is enough for three outputs.
          const buffers = Math.min(most, Math.ceil((framesOut + 3 * flush) / framesIn) - 1);
          const props = { framesIn, framesOut, flush, axis: 1 };
          const test = await testElement(tensorAggregate, { props, caps: { sink: tensorOf(outer, framesIn, inner) } });
          const numberAt = (row: number, frame: number, column: number): number => (row * 83 + frame * 7 + column) % 251;
          const block = (first: number, frames: number): number[] => {
            const at = { length: outer * frames * inner };
            return Array.from(at, (_, i) =>
              numberAt(Math.floor(i / (frames * inner)), first + (Math.floor(i / inner) % frames), i % inner),
            );
          };
          const duration = framesIn * 12;
          for (let i = 0; i < buffers; i++) {
            await test.push({ pts: i * duration, duration, payload: Uint8Array.from(block(i * framesIn, framesIn)) });
          }
          const wanted: string[] = [];
          for (let first = 0; first + framesOut <= buffers * framesIn; first += flush)
            wanted.push(`${first * 12}+${framesOut * 12}[${block(first, framesOut).join(' ')}]`);
          const summary = await test.end(() =>
            assert.deepEqual(
              told(test).filter((line) => !line.startsWith('..')),
              wanted,
            ),
          );
          // A buffer counts as used when a frame of it has left.
          const used = new Set(
            wanted.flatMap((_, n) => Array.from({ length: framesOut }, (__, i) => Math.floor((n * flush + i) / framesIn))),
          );
          const dropped = Object.values(droppedOf(summary) as Record<string, number>).reduce((sum, count) => sum + count, 0);
          assert.equal(dropped, buffers - used.size);
        }),
        { seed: 20_261_125, numRuns: 120 },
      );
    });

    it('keeps the sources apart that come interleaved', async () => {
      const test = await testElement(tensorAggregate, { props: { framesOut: 2 }, caps: { sink: one } });
      for (const [value, source] of ['a', 'b', 'a', 'b'].entries()) {
        await test.push({ pts: value, source, payload: Uint8Array.of(value) });
      }
      assert.deepEqual(told(test), ['0+?[0 2]', '1+?[1 3]']);
      assert.deepEqual(
        test.buffers().map(({ source }) => source),
        ['a', 'b'],
      );
      await test.end();
    });
  });

  describe('timing', () => {
    it('begins at its first frame and lasts until its last ends, in shares of a buffer', async () => {
      const props = { framesIn: 3, framesOut: 4, flush: 2 };
      const test = await testElement(tensorAggregate, { props, caps: { sink: tensorOf(3) } });
      await test.push({ pts: 100, duration: 100, payload: Uint8Array.of(0, 1, 2) });
      await test.push({ pts: 200, duration: 50, payload: Uint8Array.of(3, 4, 5) });
      assert.deepEqual(told(test), ['100+117[0 1 2 3]', '167+83[2 3 4 5]']);
      await test.end();
    });

    it('lasts an unknown time where its last frame does', async () => {
      const test = await testElement(tensorAggregate, { props: { framesOut: 2 }, caps: { sink: one } });
      await test.push({ pts: 0, duration: 10, payload: Uint8Array.of(0) });
      await test.push({ pts: 10, payload: Uint8Array.of(1) });
      assert.deepEqual(told(test), ['0+?[0 1]']);
      await test.end();
    });

    it('sends a gap for each buffer that it steps over', async () => {
      const test = await testElement(tensorAggregate, { props: { framesOut: 1, flush: 3 }, caps: { sink: one } });
      await pushAll(test, 7);
      assert.deepEqual(told(test), ['0+10[0]', '..20', '..30', '30+10[3]', '..50', '..60', '60+10[6]']);
      assert.deepEqual(droppedOf(await test.end()), { 'stepped-over': 4 });
    });

    it('begins anew after a gap or a loss, and says so', async () => {
      const test = await testElement(tensorAggregate, { props: { framesOut: 2 }, caps: { sink: one } });
      await pushAll(test, 1);
      await test.gap(10, 20);
      await test.push({ pts: 30, payload: Uint8Array.of(3) });
      await test.push({ pts: 40, discont: true, payload: Uint8Array.of(4) });
      await test.push({ pts: 50, payload: Uint8Array.of(5) });
      assert.deepEqual(told(test), ['..10', '..30', '..30', '!40+?[4 5]']);
      assert.deepEqual(droppedOf(await test.end()), { incomplete: 2 });
    });

    it('goes on over a gap where it is asked to, and tells of none that lies behind what it holds', async () => {
      const test = await testElement(tensorAggregate, { props: { framesOut: 2, onGap: 'bridge' }, caps: { sink: one } });
      await test.gap(0, 5);
      await test.push({ pts: 10, duration: 10, payload: Uint8Array.of(1) });
      await test.gap(20, 10);
      await test.push({ pts: 30, duration: 10, discont: true, payload: Uint8Array.of(3) });
      assert.deepEqual(told(test), ['..5', '!10+30[1 3]']);
      await test.end();
    });

    it('begins anew with an epoch', async () => {
      const test = await testElement(tensorAggregate, { props: { framesOut: 2 }, caps: { sink: one } });
      await test.push({ pts: 10, payload: Uint8Array.of(1) });
      for (const pts of [0, 10]) await test.push({ pts, epoch: 1, payload: Uint8Array.of(pts) });
      assert.deepEqual(told(test), ['..10', '!0+?[0 10]']);
      await test.end();
    });
  });

  describe('backpressure', () => {
    it('takes no more while its pool is empty', async () => {
      const test = await testElement(tensorAggregate, { props: { framesOut: 1 }, caps: { sink: one } });
      let taken = 0;
      for (let pts = 0; pts < 12; pts++) void test.push({ pts, payload: Uint8Array.of(pts) }).then(() => taken++);
      await test.settled();
      assert.ok(taken >= 3 && taken < 12, `${taken} taken`);
      await test.close();
    });
  });

  describe('eos and flush', () => {
    it('lets go of what it has gathered of a source that has ended, with a gap before it tells of that', async () => {
      const test = await testElement(tensorAggregate, { props: { framesOut: 2 }, caps: { sink: one } });
      for (const source of ['a', 'b']) await test.event({ type: 'stream-start', source, epoch: 0 });
      for (const [value, source] of ['a', 'b', 'b', 'a', 'a'].entries())
        await test.push({ pts: value * 10, duration: 10, source, payload: Uint8Array.of(value) });
      assert.deepEqual(told(test), ['10+20[1 2]', '0+40[0 3]']);
      const { slabsInUse } = test.arena.statistics;
      await test.event({ type: 'source-end', source: 'a', epoch: 0 });
      assert.equal(test.arena.statistics.slabsInUse, slabsInUse - 1);
      assert.deepEqual(told(test).slice(2), ['..50']);
      assert.deepEqual(test.sourceEnds(), [{ source: 'a', epoch: 0, behind: 2 }]);
      assert.deepEqual(droppedOf(await test.end()), { incomplete: 1 });
    });

    it('holds no more than a window when nothing is linked any more behind it', async () => {
      const held: number[] = [];
      const nobody = tinyElement('nobody', {
        pads: { sink: sinkPad(anyMedia()) },
        create: ({ context }) => ({
          chain: {
            sink: () => {
              held.push(context.arena.statistics.slabsInUse);
              return 'not-linked';
            },
          },
        }),
      });
      const source = scriptedSource('source', Array(20).fill({}), { caps: one, slabBytes: 1 });
      const { pipeline, assertClean } = testPipeline([source, tee, tensorAggregate, nobody, probe('probe', [])], {
        links: ['source ! tee', 'tee ! tensor-aggregate ! nobody', 'tee ! probe'],
      });
      await pipeline.run();
      assert.equal(held.length, 10);
      assert.equal(held.at(-1), held[1]);
      assertClean();
    });

    it('says of what it could not use up before other caps how far time has passed', async () => {
      const test = await testElement(tensorAggregate, { props: { framesOut: 2 }, caps: { sink: one } });
      await pushAll(test, 3);
      await test.push({ pts: 30, duration: 10, caps: tensorOf(2), payload: Uint8Array.of(7, 8) });
      assert.deepEqual(told(test), ['0+20[0 1]', '..30']);
      await test.end();
    });

    it('gives everything back when it is aborted', async () => {
      const test = await testElement(tensorAggregate, { props: { framesOut: 3 }, caps: { sink: one } });
      test.block();
      for (let i = 0; i < 30; i++) void test.push({ pts: i, payload: Uint8Array.of(i) });
      await test.settled();
      await test.close();
    });
  });
});
