import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { BufferInit } from '../../../src/core/buffer.ts';
import { flowLimiter } from '../../../src/elements/flow/flow-limiter.ts';
import { queue } from '../../../src/elements/flow/queue.ts';
import { tee } from '../../../src/elements/flow/tee.ts';
import { probe, type Seen, scriptedSource, stepsOf } from '../../support/probe.ts';
import { settled, testPipeline } from '../../support/test-pipeline.ts';
import { filter } from '../../support/tiny-element.ts';

const script = (count: number): Partial<BufferInit>[] => Array.from({ length: count }, () => ({}));

/** A source of one buffer every 10 ms, a limiter, and a model that takes some time for each; what leaves it leads back. */
function limited(props: Record<string, unknown>, { count = 10, workMs = 25, swallows = false, aux = false } = {}) {
  const [seen, beside]: [Seen[], Seen[]] = [[], []];
  let atWork = 0;
  /** How many were at work when each began. */
  const atWorks: number[] = [];
  const wait = (ms: number): Promise<void> => new Promise((resolve) => void made.clock.schedule(made.clock.now() + ms * 1000, resolve));
  const model = filter('model', async (buffer) => {
    atWorks.push(++atWork);
    await wait(workMs);
    atWork--;
    return swallows ? undefined : buffer;
  });
  const made = testPipeline(
    [
      scriptedSource('source', script(count), { slabBytes: 64, before: async () => wait(10) }),
      flowLimiter,
      queue,
      model,
      tee,
      probe('sink', seen),
      ...(aux ? [probe('beside', beside)] : []),
    ],
    {
      elements: {
        'flow-limiter': { props },
        model: { inFlight: 4 },
        ...(aux ? { split: { type: 'tee' } } : {}),
      },
      links: [
        ...(aux
          ? ['source ! split ! flow-limiter.sink', 'split ! flow-limiter.sink_0', 'flow-limiter.src_0 ! beside']
          : ['source ! flow-limiter']),
        'flow-limiter.src ! queue ! model ! tee ! sink',
        'tee ! flow-limiter.finished',
      ],
    },
  );
  const play = async (): Promise<void> => {
    let isDone = false;
    const run = made.pipeline.run().finally(() => {
      isDone = true;
    });
    run.catch(() => {});
    for (let left = 5000; left > 0 && !isDone; left--) {
      await settled();
      made.clock.advanceBy(1000);
    }
    await run;
  };
  const countsOf = () => made.pipeline.summary().elements.find(({ name }) => name === 'flow-limiter')!;
  return { ...made, seen, beside, play, countsOf, atWorks };
}

describe('flow-limiter', () => {
  describe('negotiation', () => {
    it('lets a link lead back to finished, and to no other pad', () => {
      assert.doesNotThrow(() => limited({}));
      assert.throws(() => testPipeline([tee, queue], { links: ['tee ! queue ! tee'] }), {
        name: 'GraphError',
        message: /form a cycle[\s\S]*feedback pad/,
      });
    });
  });

  describe('data', () => {
    it('works on one at a time, keeps the newest and drops the oldest, with gaps and a mark', async () => {
      const { seen, play, atWorks, countsOf, assertClean } = limited({ maxInFlight: 1, maxInQueue: 1 });
      await play();
      assert.ok(
        atWorks.slice(0, -1).every((count) => count === 1),
        'more only at the end, when what waits is sent at once',
      );
      const buffers = seen.filter(({ type }) => type === 'buffer');
      const gaps = seen.filter(({ type }) => type === 'gap');
      assert.equal(buffers.length + gaps.length, 10, stepsOf(seen).join(' '));
      assert.ok(buffers.length >= 4 && buffers.length <= 6, stepsOf(seen).join(' '));
      assert.deepEqual(countsOf().dropped, { limited: gaps.length });
      const steps = seen.map(({ type, pts }) => ({ type, pts }));
      for (const [index, { pts }] of steps.entries()) assert.equal(pts, index * 10_000, 'in order');
      for (const [index, one] of seen.entries())
        if (one.type === 'buffer') assert.equal(one.discont, index > 0 && seen[index - 1]!.type === 'gap');
      assertClean();
    });

    it('lets more be under way where it may', async () => {
      const { seen, play, atWorks, assertClean } = limited({ maxInFlight: 3 });
      await play();
      assert.equal(Math.max(...atWorks), 3);
      assert.equal(seen.filter(({ type }) => type === 'buffer').length, 10, 'three at 25 ms are enough for one every 10');
      assertClean();
    });

    it('holds nothing where nothing may wait', async () => {
      const { seen, play, assertClean } = limited({ maxInQueue: 0 });
      await play();
      const last = seen.findLast(({ type }) => type === 'buffer')!;
      assert.ok(last.pts <= 90_000 && seen.filter(({ type }) => type === 'buffer').length === 4, stepsOf(seen).join(' '));
      assertClean();
    });

    it('takes a gap for an answer, where what is behind it swallows buffers', async () => {
      const { seen, play, countsOf, assertClean } = limited({ maxInFlight: 1 }, { swallows: true });
      await play();
      assert.equal(seen.length, 10);
      assert.ok(countsOf().handled >= 4);
      assertClean();
    });

    it('gives the buffers beside the stream the same fate', async () => {
      const { seen, beside, play, assertClean } = limited({}, { aux: true });
      await play();
      assert.deepEqual(stepsOf(beside), stepsOf(seen));
      assert.ok(stepsOf(seen).some((step) => step.startsWith('-')));
      assertClean();
    });
  });

  describe('timing', () => {
    it('gives up what has not come back when the stream has gone on for long enough', async () => {
      const { seen, play, heard, countsOf, assertClean } = limited({ inFlightTimeoutMs: 35 }, { workMs: 60 });
      await play();
      assert.deepEqual(
        heard('warning').map(({ code }) => code),
        ['flow/in-flight-timeout'],
      );
      assert.ok(seen.filter(({ type }) => type === 'buffer').length >= 3);
      assert.ok(Number(countsOf().notes['given up']) >= 1);
      assertClean();
    });
  });

  describe('eos and flush', () => {
    it('sends what waits at the end, and ends once', async () => {
      const { seen, play, heard, assertClean } = limited({}, { count: 3, workMs: 500 });
      await play();
      assert.deepEqual(stepsOf(seen), ['0', '-1', '2']);
      assert.equal(heard('eos').filter(({ element }) => element === 'sink').length, 1);
      assertClean();
    });

    it('lets go of what it holds when the pipeline is aborted', async () => {
      const { pipeline, clock, assertClean } = limited({}, { workMs: 10_000 });
      const run = pipeline.run();
      for (let left = 50; left > 0; left--) {
        await settled();
        clock.advanceBy(1000);
      }
      pipeline.abort();
      for (let left = 20; left > 0; left--) {
        await settled();
        clock.advanceBy(1e6);
      }
      await assert.rejects(run);
      assertClean();
    });
  });

  describe('laws', () => {
    it('loses nothing uncounted, keeps the order and its limit, whatever the numbers are', async () => {
      const numbers = fc.record({
        maxInFlight: fc.integer({ min: 1, max: 4 }),
        maxInQueue: fc.nat(3),
        workMs: fc.integer({ min: 1, max: 60 }),
        count: fc.integer({ min: 0, max: 12 }),
        aux: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(numbers, async ({ maxInFlight, maxInQueue, workMs, count, aux }) => {
          const { seen, beside, play, assertClean } = limited({ maxInFlight, maxInQueue }, { count, workMs, aux });
          await play();
          assert.deepEqual(
            seen.map(({ pts }) => pts / 10_000),
            Array.from({ length: count }, (_, index) => index),
          );
          if (aux) assert.deepEqual(stepsOf(beside), stepsOf(seen));
          assertClean();
        }),
        { numRuns: 40 },
      );
    });
  });
});
