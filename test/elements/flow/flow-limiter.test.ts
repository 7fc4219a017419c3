import assert from 'node:assert/strict';
import fc from 'fast-check';
import { caps } from '../../../src/core/caps/caps.ts';
import { anyMedia, sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import type { BufferInit } from '../../../src/core/stream/buffer.ts';
import { flowLimiter } from '../../../src/elements/flow/flow-limiter.ts';
import { funnel } from '../../../src/elements/flow/funnel.ts';
import { queue } from '../../../src/elements/flow/queue.ts';
import { tee } from '../../../src/elements/flow/tee.ts';
import { videoTestSource } from '../../../src/elements/sources/video-test-source.ts';
import { testElement } from '../../../src/testing/test-element.ts';
import { probe, type Seen, scriptedSource, stepsOf } from '../../support/probe.ts';
import { settled, testPipeline } from '../../support/test-pipeline.ts';
import { filter, tinyElement } from '../../support/tiny-element.ts';

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

    it('holds the stream back where nothing may be lost', async () => {
      const { seen, play, atWorks, countsOf, assertClean } = limited({ onFull: 'block', maxInFlight: 2, maxInQueue: 1 });
      await play();
      assert.deepEqual(stepsOf(seen), ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
      assert.ok(seen.every((one) => one.type === 'buffer' && !one.discont));
      assert.ok(
        atWorks.slice(0, -1).every((count) => count <= 2),
        'more only at the end, when what waits is sent at once',
      );
      assert.deepEqual(countsOf().dropped, {});
      assertClean();
    });

    it('has as many wait as it may, whatever the pools before it hold', async () => {
      const camera = { type: 'video-test-source', props: { width: 16, height: 16, frameRate: 100, count: 40, live: true } };
      const model = tinyElement('model', {
        pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) },
        create: () => ({ transform: () => new Promise((resolve) => void made.clock.schedule(made.clock.now() + 60e6, () => resolve([]))) }),
      });
      const made = testPipeline([videoTestSource, flowLimiter, model, tee, probe('sink', [])], {
        elements: { 'video-test-source': camera, 'flow-limiter': { props: { maxInQueue: 30 } } },
        links: ['video-test-source ! flow-limiter ! model ! tee ! sink', 'tee ! flow-limiter.finished'],
      });
      const run = made.pipeline.run();
      for (let left = 390; left > 0; left--) {
        await settled();
        made.clock.advanceBy(1000);
      }
      const [source, limiter] = made.pipeline.summary().elements;
      assert.deepEqual([source!.dropped, limiter!.received, limiter!.dropped], [{}, 39, { limited: 8 }], 'one at work, 30 wait');
      made.pipeline.abort();
      for (let left = 20; left > 0; left--) {
        await settled();
        made.clock.advanceBy(60e6);
      }
      await assert.rejects(run);
      made.assertClean();
    });

    it('gives the buffers beside the stream the same fate', async () => {
      const { seen, beside, play, assertClean } = limited({}, { aux: true });
      await play();
      assert.deepEqual(stepsOf(beside), stepsOf(seen));
      assert.ok(stepsOf(seen).some((step) => step.startsWith('-')));
      assertClean();
    });
  });

  describe('streams beside the first', () => {
    /** Two sources of unlike times through one limiter, and something beside each of their buffers. */
    const twoSources = async (props: Record<string, unknown>, others = false) => {
      const seen: Seen[] = [];
      const beside: Seen[] = [];
      const wait = (ms: number): Promise<void> => new Promise((resolve) => void made.clock.schedule(made.clock.now() + ms * 1000, resolve));
      const source = (name: string, from: number, count: number, ms: number) =>
        scriptedSource(
          name,
          Array.from({ length: count }, (_, index) => ({ pts: from + index * ms * 1000, duration: ms * 1000 })),
          { slabBytes: 8, before: () => wait(ms) },
        );
      const model = filter('model', async (buffer) => {
        await wait(25);
        return buffer;
      });
      const made = testPipeline(
        [
          source('a', 0, 12, 10),
          source('b', 5e6, 8, 15),
          ...(others ? [source('c', 0, 12, 10)] : []),
          funnel,
          flowLimiter,
          queue,
          model,
          tee,
          probe('sink', seen),
          probe('beside', beside),
        ],
        {
          elements: { 'flow-limiter': { props }, ...(others ? {} : { split: { type: 'tee' } }) },
          links: [
            'a ! funnel',
            'b ! funnel',
            ...(others
              ? ['funnel ! flow-limiter.sink', 'c ! flow-limiter.sink_0']
              : ['funnel ! split', 'split ! flow-limiter.sink', 'split ! flow-limiter.sink_0']),
            'flow-limiter.src_0 ! beside',
            'flow-limiter.src ! queue ! model ! tee ! sink',
            'tee ! flow-limiter.finished',
          ],
        },
      );
      let isDone = false;
      const run = made.pipeline.run().finally(() => {
        isDone = true;
      });
      run.catch(() => {});
      for (let left = 2000; left > 0 && !isDone; left--) {
        await settled();
        made.clock.advanceBy(1000);
      }
      await run;
      const of = (name: string, list: Seen[]): string[] => stepsOf(list.filter(({ type, source }) => type === 'buffer' && source === name));
      return { ...made, seen, beside, of };
    };

    it('share the fate of their own source, whose times have nothing to do with those of others', async () => {
      for (const onFull of ['dropOldest', 'block']) {
        const { seen, beside, of, assertClean } = await twoSources({ onFull });
        for (const name of ['a', 'b']) assert.deepEqual(of(name, beside), of(name, seen), name);
        assert.equal(beside.length, 20);
        assert.equal(
          beside.some(({ type }) => type === 'gap'),
          onFull === 'dropOldest',
        );
        assertClean();
      }
    });

    it('share the fate of the whole stream where the graph says so, and are told of where it should', async () => {
      const whole = await twoSources({ beside: 'stream' }, true);
      assert.equal(whole.beside.length, 12);
      assert.deepEqual(whole.heard('warning'), []);
      whole.assertClean();
      const own = await twoSources({}, true);
      assert.deepEqual(
        own.heard('warning').map(({ code }) => code),
        ['flow/source-not-in-stream'],
      );
      assert.ok(
        own.beside.every(({ type }) => type === 'gap'),
        'decided at the end',
      );
      own.assertClean();
    });
  });

  describe('timing', () => {
    it('gives up by the clock what has not come back, where the stream is held back', async () => {
      const props = { onFull: 'block', maxInQueue: 0, inFlightTimeoutMs: 35, timeoutBy: 'clock' };
      const { seen, play, heard, countsOf, assertClean } = limited(props, { workMs: 60 });
      await play();
      assert.equal(seen.length, 10);
      assert.match(heard('warning')[0]!.text, /for 35 ms by the clock/);
      assert.ok(Number(countsOf().notes['given up']) >= 5);
      assertClean();
    });

    it('refuses to wait for a stream that it holds back to go on', () => {
      assert.throws(() => limited({ onFull: 'block', inFlightTimeoutMs: 35 }), /set timeoutBy to clock/);
    });

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

  describe('of several sources', () => {
    it('does not wait for what a source that has ended has lost on the way', async () => {
      const seen: Seen[] = [];
      const eater = tinyElement('eater', {
        pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) },
        create: ({ context }) => ({ chain: { sink: (buffer) => (buffer.source === 'a' ? 'ok' : context.push('src', buffer.retain())) } }),
      });
      let go = (): void => {};
      const isOver = new Promise<void>((resolve) => {
        go = resolve;
      });
      const b = scriptedSource('b', script(5), { before: () => isOver });
      const { pipeline, assertClean } = testPipeline(
        [scriptedSource('a', script(1)), b, funnel, flowLimiter, eater, queue, tee, probe('sink', seen)],
        {
          elements: { 'flow-limiter': { props: { onFull: 'block', maxInQueue: 0 } } },
          links: ['a ! funnel', 'b ! funnel ! flow-limiter ! eater ! queue ! tee ! sink', 'tee ! flow-limiter.finished'],
        },
      );
      const run = pipeline.run();
      await settled();
      go();
      await run;
      assert.deepEqual(stepsOf(seen), ['0', '1', '2', '3', '4']);
      assertClean();
    });

    it('tells of the end of a source behind its last buffer, and marks the next of a source that has lost one', async () => {
      const [plain] = caps('test');
      const test = await testElement(flowLimiter, { caps: { sink: plain, finished: plain } });
      const push = async (source: string, step: number): Promise<void> => {
        await test.push({ source, pts: step * 10_000 }, 'sink');
        await test.settled();
      };
      for (const [source, step] of [
        ['b', 0],
        ['a', 1],
        ['b', 2],
      ] as const)
        await push(source, step);
      for (const [source, step] of [
        ['b', 0],
        ['b', 2],
      ] as const) {
        await test.push({ source, pts: step * 10_000 }, 'finished');
        await test.settled();
      }
      await push('a', 3);
      assert.deepEqual(
        test.buffers().map(({ source, pts, discont }) => `${source}${pts / 10_000}${discont ? '!' : ''}`),
        ['b0', 'b2', 'a3!'],
      );
      await test.end();
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
        onFull: fc.constantFrom('dropOldest', 'block'),
      });
      await fc.assert(
        fc.asyncProperty(numbers, async ({ maxInFlight, maxInQueue, workMs, count, aux, onFull }) => {
          const { seen, beside, play, assertClean } = limited({ maxInFlight, maxInQueue, onFull }, { count, workMs, aux });
          await play();
          assert.deepEqual(
            seen.map(({ pts }) => pts / 10_000),
            Array.from({ length: count }, (_, index) => index),
          );
          if (aux) assert.deepEqual(stepsOf(beside), stepsOf(seen));
          if (onFull === 'block') assert.ok(seen.every(({ type }) => type === 'buffer'));
          assertClean();
        }),
        { numRuns: 60, seed: 20 },
      );
    });
  });
});
