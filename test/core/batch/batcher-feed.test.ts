// Batches that form before an element: what stands between its queue and its hook.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Batcher } from '../../../src/core/batch/batcher.ts';
import { BatchFeed } from '../../../src/core/batch/batcher-feed.ts';
import type { Tickets } from '../../../src/core/batch/batcher-ticket.ts';
import { anyMedia, sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import { Queue } from '../../../src/core/queue/queue.ts';
import { batchOptions, queueOptions } from '../../../src/core/queue/queue-options.ts';
import { type BufferInit, StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { ElementTest } from '../../../src/testing/test-element.ts';
import { testCaps } from '../../support/make-buffer.ts';
import { probe, type Seen, scriptedSource } from '../../support/probe.ts';
import { settled, testPipeline } from '../../support/test-pipeline.ts';
import { filter, tinyElement } from '../../support/tiny-element.ts';

type Script = readonly Partial<BufferInit>[];

interface Setting {
  readonly batch: object;
  /** Held until the test lets it go. */
  readonly hold?: () => Promise<void> | undefined;
  readonly live?: boolean;
  /** Called before the source gives a buffer. */
  readonly before?: (index: number) => void | Promise<void>;
  readonly inFlight?: number;
  /** Lets a buffer through, or puts a gap into its place. */
  readonly passes?: (buffer: StreamBuffer) => boolean;
  /** What an element behind it waits for with every buffer. */
  readonly holdAfter?: () => Promise<void> | undefined;
}

/** An element that takes batches, behind a source; what it was given, and what left it. */
function batched(script: Script, { batch, hold, live = false, before, inFlight = 1, passes = () => true, holdAfter }: Setting) {
  const [seen, given]: [Seen[], string[]] = [[], []];
  const model = tinyElement('model', {
    pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) },
    create: () => ({
      transformBatch: async (buffers, slots) => {
        given.push(`${buffers.map(nameOf).join(' ')}${slots > buffers.length ? ` of ${slots}` : ''}`);
        await hold?.();
        return buffers;
      },
      lengthOf: (buffer) => buffer.value as number,
    }),
  });
  const source = { ...scriptedSource('source', script, { slabBytes: 64, ...(before === undefined ? {} : { before }) }), live };
  const gate = filter('gate', (buffer) => (passes(buffer) ? buffer : undefined), {
    pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) },
  });
  const after = filter(
    'after',
    (buffer) => {
      const held = holdAfter?.();
      return held === undefined ? buffer : held.then(() => buffer);
    },
    { pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) } },
  );
  const test = testPipeline([source, gate, model, after, probe('sink', seen)], {
    elements: { model: { batch, inFlight, queue: { maxBuffers: 64, onFull: 'block' } } },
    links: ['source ! gate ! model ! after ! sink'],
  });
  const model_ = () => test.pipeline.summary().elements.find(({ name }) => name === 'model')!;
  return { ...test, seen, given, model: model_ };
}

/** An element that takes batches, fed by the test; the times of what each batch held. */
async function fedBy(settings: object) {
  const given: string[] = [];
  const model = tinyElement('model', {
    pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) },
    create: () => ({
      transformBatch: (buffers) => {
        given.push(buffers.map(({ source, pts }) => `${source}${pts}`).join(' '));
        return buffers;
      },
    }),
  });
  const test = await new ElementTest(model, { caps: { sink: testCaps }, settings }).start();
  const give = async (source: string, pts: number): Promise<void> => {
    void test.push({ source, pts });
    await test.settled();
  };
  return { test, given, give };
}

const nameOf = ({ source, pts }: Pick<StreamBuffer, 'source' | 'pts'>): string => `${source}${pts / 10_000}`;
const left = (seen: readonly Seen[]): string[] => seen.map((one) => (one.type === 'gap' ? `-${nameOf(one)}` : nameOf(one)));

describe('batches before an element', () => {
  it('are not cut by gaps, which keep their place', async () => {
    const passes = ({ pts }: StreamBuffer): boolean => pts !== 10_000 && pts !== 40_000;
    const test = batched(
      Array.from({ length: 6 }, () => ({ source: 'a' })),
      { batch: { maxSize: 2, maxWaitMs: null }, passes },
    );
    await test.pipeline.run();
    assert.deepEqual(test.given, ['a0 a2', 'a3 a5']);
    assert.deepEqual(left(test.seen), ['a0', '-a1', 'a2', 'a3', '-a4', 'a5']);
    test.assertClean();
  });

  it('serve the sources of one queue in turn', async () => {
    let release = (): void => {};
    let isFree = false;
    const hold = () => (isFree ? undefined : new Promise<void>((resolve) => (release = resolve)));
    const script = [...'aaabaab'].map((source) => ({ source }));
    const test = batched(script, { batch: { maxSize: 2, maxWaitMs: 0 }, hold });
    const run = test.pipeline.run();
    await settled();
    isFree = true;
    release();
    await run;
    assert.equal(test.given[1], 'a1 b3', test.given.join(' | '));
    for (const source of 'ab') {
      const own = test.seen.filter((one) => one.source === source).map(({ pts }) => pts);
      assert.deepEqual(
        own,
        [...own].sort((a, b) => a - b),
      );
    }
    test.assertClean();
  });

  it('give places beyond their items where only certain sizes will do', async () => {
    const test = batched([{ source: 'a' }, { source: 'a' }, { source: 'a' }], {
      batch: { maxSize: 4, maxWaitMs: null, preferredSizes: [2, 4], strict: true },
    });
    await test.pipeline.run();
    assert.deepEqual(test.given, ['a0 a1', 'a2 of 2']);
    test.assertClean();
  });

  it('form by length, and their results leave in the order of their source all the same', async () => {
    const script = [1, 9, 2, 8].map((value) => ({ source: 'a', value }));
    const test = batched(script, { batch: { maxSize: 2, maxWaitMs: null, lengthBuckets: [5] } });
    await test.pipeline.run();
    assert.deepEqual(test.given, ['a0 a2', 'a1 a3']);
    assert.deepEqual(left(test.seen), ['a0', 'a1', 'a2', 'a3']);
    assert.equal(test.model().batches.waste, 1 - 20 / 22);
    test.assertClean();
  });

  it('leave out what is too old in a live graph, put gaps into its place and count it', async () => {
    let release = (): void => {};
    let isFree = false;
    const hold = () => (isFree ? undefined : new Promise<void>((resolve) => (release = resolve)));
    const test = batched([{}, {}, {}], { batch: { maxSize: 1, maxStalenessMs: 20 }, hold, live: true });
    const run = test.pipeline.run();
    await settled();
    test.clock.advanceBy(30_000);
    isFree = true;
    release();
    await run;
    assert.deepEqual(left(test.seen), ['source0', '-source1', '-source2']);
    assert.deepEqual(test.model().dropped, { stale: 2 });
    test.assertClean();
  });

  it('are refused in sizes that they cannot have', async () => {
    const test = batched([], { batch: { maxSize: 2, preferredSizes: [3] } });
    await assert.rejects(test.pipeline.run(), /A batch cannot have its preferred size 3: maxSize is 2/);
  });

  it('are refused by length before an element that does not say how long a buffer is', async () => {
    for (const hooks of [
      { transform: (buffer: StreamBuffer) => buffer },
      { transformBatch: (buffers: readonly StreamBuffer[]) => buffers },
    ]) {
      const model = tinyElement('model', { pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) }, create: () => hooks });
      const settings = { batch: { maxSize: 2, lengthBuckets: [4, 8] } };
      await assert.rejects(new ElementTest(model, { caps: { sink: testCaps }, settings }).start(), {
        code: 'element/no-lengths',
        message: /^Cannot form batches by length before model: a model with these caps .*; take lengthBuckets out of model\.batch$/,
      });
    }
  });

  it('are not made while those before them cannot be sent on, so that no more are at work than may be', async () => {
    for (const inFlight of [1, 2]) {
      let release = (): void => {};
      let isFree = false;
      const holdAfter = () => (isFree ? undefined : new Promise<void>((resolve) => (release = resolve)));
      const script = Array.from({ length: 40 }, () => ({ source: 'a' }));
      const test = batched(script, { batch: { maxSize: 4, maxWaitMs: 0 }, holdAfter, inFlight });
      const run = test.pipeline.run();
      await settled();
      assert.ok(test.given.join(' ').split(' ').length <= 4 * inFlight, test.given.join(' | '));
      isFree = true;
      release();
      await run;
      assert.equal(test.seen.length, 40);
      test.assertClean();
    }
  });

  it('are closed when what is done waits for what would wait for more, which there is no room for', async () => {
    // One long buffer waits for others of its length; the short ones behind it are done, and may not leave before it.
    const script = [9, ...Array.from({ length: 30 }, () => 1)].map((value) => ({ source: 'a', value }));
    const test = batched(script, { batch: { maxSize: 2, maxWaitMs: null, lengthBuckets: [5] } });
    await test.pipeline.run();
    assert.deepEqual(test.given.slice(0, 3), ['a1 a2', 'a0', 'a3']);
    assert.deepEqual(
      left(test.seen),
      script.map((_, index) => `a${index}`),
    );
    test.assertClean();
  });

  it('are let go of when the pipeline is closed before they are full', async () => {
    let release = (): void => {};
    const before = (index: number) => (index < 3 ? undefined : new Promise<void>((resolve) => (release = resolve)));
    const test = batched([{}, {}, {}, {}], { batch: { maxSize: 8, maxWaitMs: null }, before });
    const failed = assert.rejects(test.pipeline.run());
    await settled();
    const closing = test.pipeline.close();
    release();
    await closing;
    await failed;
    assert.deepEqual(test.given, []);
    assert.deepEqual(test.model().dropped, { flushing: 3 });
    assert.equal(test.arena.statistics.slabsInUse, 0);
  });

  it('hold what other sources have given when a source begins or ends, which keeps its place in its own stream', async () => {
    const { test, given, give } = await fedBy({ batch: { maxSize: 4, maxWaitMs: null }, queue: { maxBuffers: 64 } });
    await give('a', 0);
    for (let clip = 0; clip < 6; clip++) {
      const source = `clip${clip}`;
      await test.event({ type: 'stream-start', source, epoch: 0 });
      await give(source, clip);
      await test.event({ type: 'source-end', source, epoch: 0 });
    }
    // Nothing of it is inside: it waits for nobody.
    await test.event({ type: 'source-end', source: 'elsewhere', epoch: 0 });
    await give('a', 1);
    assert.deepEqual(given, ['a0 clip00 clip11 clip22', 'a1 clip33 clip44 clip55']);
    const ends = test.sourceEnds().map(({ source, behind }) => `${source} behind ${behind}`);
    assert.deepEqual(ends.slice(0, 4), ['clip0 behind 2', 'clip1 behind 3', 'clip2 behind 4', 'elsewhere behind 4']);
    assert.deepEqual(ends.slice(4), ['clip3 behind 6', 'clip4 behind 7', 'clip5 behind 8']);
    await test.end();
  });

  it('end for a segment that holds for all that come this way, not for one of another source', async () => {
    const { test, given, give } = await fedBy({ batch: { maxSize: 3, maxWaitMs: null } });
    await give('a', 0);
    await test.event({ type: 'segment', source: 'b', start: 0, base: 0 });
    await give('b', 0);
    assert.deepEqual(given, []);
    await test.event({ type: 'segment', start: 0, base: 0 });
    assert.deepEqual(given, ['a0 b0']);
    await test.end();
  });

  it('remember nothing of sources that have ended, however many come and go', async () => {
    const told: string[] = [];
    const element = {
      clock: new ManualClock(0),
      hookTime: { waited: () => {} },
      statistics: { batch: () => {} },
      calls: { start: (inputs: readonly StreamBuffer[]) => ({ outputs: inputs }) },
      inlet: { finish: () => 'ok' },
    };
    const pad = { element, handleEvent: ({ source }: { source: string }) => told.push(source) && 'ok' } as never;
    const queue = new Queue(queueOptions.parse({}), element.clock, { ready: () => {}, dropped: () => {} });
    const options = batchOptions.parse({ maxSize: 2, maxWaitMs: null });
    const feed = new BatchFeed(pad, queue, { concurrency: 1, options, isLive: false }, () => {});
    const held = feed as unknown as { batcher: Batcher<unknown>; tickets: Tickets };
    const work = (): void => {
      while (feed.advance() === true);
    };
    for (let camera = 0; camera < 100; camera++) {
      const source = `camera${camera}`;
      void queue.push(new StreamBuffer({ caps: testCaps, pts: 0, source }));
      queue.pushEvent({ type: 'source-end', source, epoch: 0 });
      work();
    }
    assert.equal(told.length, 100);
    assert.deepEqual([held.batcher.sourceCount, held.tickets.sourceCount], [0, 0]);
    // One of which more waits behind its end has begun anew, and is remembered.
    void queue.push(new StreamBuffer({ caps: testCaps, pts: 0, source: 'a' }));
    queue.pushEvent({ type: 'source-end', source: 'a', epoch: 0 });
    for (let more = 0; more < 2; more++) void queue.push(new StreamBuffer({ caps: testCaps, pts: 0, source: 'a' }));
    work();
    assert.deepEqual([held.batcher.sourceCount, held.tickets.sourceCount], [1, 1]);
  });

  it('keep the order of every source, lose nothing and double nothing, whatever the buffers and the gaps are', async function () {
    this.timeout(20_000);
    const given = fc.record({
      script: fc.array(
        fc.record({
          source: fc.constantFrom('a', 'b', 'c'),
          value: fc.integer({ min: 1, max: 9 }),
          gap: fc.constantFrom(false, false, true),
        }),
        { maxLength: 24 },
      ),
      maxSize: fc.integer({ min: 1, max: 5 }),
      maxWaitMs: fc.constantFrom(0, null),
      lengthBuckets: fc.constantFrom<number[]>([], [3], [2, 6]),
      maxPerSource: fc.constantFrom(null, 1, 2),
      inFlight: fc.integer({ min: 1, max: 3 }),
      turns: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(given, async ({ script, inFlight, turns, ...batch }) => {
        let runs = 0;
        const hold = async (): Promise<void> => {
          for (let turn = turns[runs++ % turns.length]!; turn > 0; turn--) await new Promise(setImmediate);
        };
        const test = batched(script, { batch, inFlight, hold, passes: ({ pts }) => !script[pts / 10_000]!.gap });
        await test.pipeline.run();
        test.assertClean();
        for (const source of 'abc') {
          const wanted = script.flatMap((one, index) => (one.source === source && !one.gap ? [index] : []));
          const own = test.seen.filter((one) => one.source === source);
          assert.deepEqual(
            own.filter(({ type }) => type === 'buffer').map(({ pts }) => pts / 10_000),
            wanted,
          );
          // A gap may be joined with the next, and never lies before what came before it.
          for (const [index, one] of own.entries()) assert.ok(index === 0 || one.pts > own[index - 1]!.pts);
        }
      }),
      { numRuns: 200 },
    );
  });
});
