import assert from 'node:assert/strict';
import { sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { tee } from '../../../src/elements/flow/tee.ts';
import { join } from '../../../src/elements/fusion/join.ts';
import { Pool } from '../../../src/memory/pool.ts';
import { probe } from '../../support/probe.ts';
import { settled, testPipeline } from '../../support/test-pipeline.ts';
import { countingSource, FILTER_PADS, filter, notingSink, SOURCE_PADS, testMedia, tinyElement } from '../../support/tiny-element.ts';

describe('stall watch', () => {
  const hanging = filter('hanging', (buffer) => buffer, {
    create: ({ context: { signal } }) => ({
      transform: (buffer) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(buffer))),
    }),
  });

  it('reports an element that hangs, and who waits for it', async () => {
    const { pipeline, clock, heard, assertClean } = testPipeline(
      [countingSource('source', { count: 20, slabBytes: 64 }), hanging, notingSink('sink', [])],
      {
        links: ['source ! hanging ! sink'],
        elements: { hanging: { queue: { maxBuffers: 2 } } },
      },
      { stallMs: 1000 },
    );
    const run = assert.rejects(pipeline.run());
    await settled();
    clock.advanceBy(900_000);
    assert.deepEqual(heard('warning'), []);
    clock.advanceBy(600_000);
    assert.deepEqual(
      heard('warning').map(({ code, element, text }) => [code, element, text]),
      [
        [
          'pipeline/no-progress',
          'hanging',
          'hanging made no progress for 1.00 s with a buffer to work on: source waits for room in the queue of hanging.sink, which holds 2 of 2 buffers; a hook of hanging has not come back',
        ],
      ],
    );
    clock.advanceBy(5_000_000);
    assert.equal(heard('warning').length, 1, 'once is enough');
    pipeline.abort();
    await run;
    assertClean();
  });

  it('names the circle of a deadlock', async () => {
    const gather = tinyElement('gather', {
      pads: FILTER_PADS,
      // Gives nothing before it has four.
      create: ({ context }) => {
        let seen = 0;
        return { chain: { sink: (buffer) => (++seen % 4 === 0 ? context.push('src', buffer.retain()) : 'ok') } };
      },
    });
    const join = tinyElement('join', {
      pads: { a: sinkPad(testMedia), b: sinkPad(testMedia), src: srcPad(testMedia) },
      create: ({ context: { signal } }) => ({
        chain: { a: () => new Promise((resolve) => signal.addEventListener('abort', () => resolve('ok'))), b: () => 'ok' },
      }),
    });
    const graph = testPipeline(
      [countingSource('source', { count: 20, slabBytes: 64 }), { ...tee, name: 'tee' }, gather, join, notingSink('sink', [])],
      { links: ['source ! tee', 'tee ! join.a', 'tee ! gather ! join.b', 'join ! sink'], elements: { join: { queue: { maxBuffers: 1 } } } },
      { stallMs: 1000 },
    );
    await assertStalls(graph, [
      [
        'pipeline/deadlock',
        'The graph is deadlocked: tee waits for room in the queue of join.a, which holds 1 of 1 buffers, join waits for gather to give it something at join.b, gather waits for tee to give it something at gather.sink; to let it go on, raise queue.maxBuffers of join, or set its queue.onFull to dropOldest',
      ],
    ]);
  });

  it('says nothing of a graph that moves, however slowly, or that waits for its source', async () => {
    const give: (() => void)[] = [];
    const source = countingSource('source', { count: 3, before: () => new Promise<void>((resolve) => give.push(resolve)) });
    const { pipeline, clock, heard } = testPipeline(
      [source, notingSink('sink', [])],
      {
        links: ['source ! sink'],
        elements: { sink: { queue: {} } },
      },
      { stallMs: 1000 },
    );
    const run = pipeline.run();
    for (let turn = 0; turn < 3; turn++) {
      await settled();
      clock.advanceBy(3_000_000);
      give.shift()!();
    }
    await run;
    assert.deepEqual(heard('warning'), []);
    assert.equal(clock.next, undefined);
  });

  it('names a batch that waits to be full for buffers that a full queue holds back', async () => {
    const draw = tinyElement('draw', {
      pads: { video: sinkPad(testMedia), found: sinkPad(testMedia), src: srcPad(testMedia) },
      create: ({ context: { signal } }) => ({
        chain: { video: () => new Promise((resolve) => signal.addEventListener('abort', () => resolve('ok'))), found: () => 'ok' },
      }),
    });
    const detect = tinyElement('detect', {
      pads: FILTER_PADS,
      create: () => ({ transformBatch: (buffers) => buffers.map((buffer) => buffer.derive({})) }),
    });
    const graph = testPipeline(
      [countingSource('video', { count: 100, slabBytes: 64 }), { ...tee, name: 'tee' }, detect, draw, notingSink('sink', [])],
      {
        links: ['video ! tee', 'tee ! draw.video', 'tee ! detect ! draw.found', 'draw ! sink'],
        elements: { draw: { queue: { maxBuffers: 4 } }, detect: { batch: { maxSize: 8, maxWaitMs: null } } },
      },
      { stallMs: 1000 },
    );
    await assertStalls(graph, [
      [
        'pipeline/deadlock',
        'The graph is deadlocked: tee waits for room in the queue of draw.video, which holds 4 of 4 buffers, draw waits for detect to give it something at draw.found, detect waits for 2 more buffers from tee to fill a batch of 8; to let it go on, raise queue.maxBuffers of draw, or set its queue.onFull to dropOldest, or set batch.maxWaitMs of detect, or its batch.maxSize to at most 6',
      ],
    ]);
  });

  it('names who keeps the slabs for which a source waits', async () => {
    const source = tinyElement('source', {
      pads: SOURCE_PADS,
      open: ({ context: { arena } }) => Pool.create(arena, { name: 'source', slabBytes: 64, limit: 5 }),
      close: (pool) => (pool as Pool).close(),
      create: ({ caps, resource }) => ({
        produce: async () => new StreamBuffer({ caps: caps.src!, pts: 0, slabs: [await (resource as Pool).acquire()] }),
      }),
    });
    const detect = tinyElement('detect', {
      pads: FILTER_PADS,
      create: () => ({ transformBatch: (buffers) => buffers }),
    });
    const { pipeline, clock, heard, arena, assertClean } = testPipeline(
      [source, detect, notingSink('sink', [])],
      { links: ['source ! detect ! sink'], elements: { detect: { batch: { maxSize: 8, maxWaitMs: null } } } },
      { stallMs: 1000 },
    );
    const run = assert.rejects(pipeline.run());
    await settled();
    assert.deepEqual(
      [...arena.pools].map(({ name, waiting }) => [name, waiting]),
      [['source', 1]],
    );
    clock.advanceBy(2_000_000);
    assert.deepEqual(
      heard('warning').map(({ code, text }) => [code, text]),
      [
        [
          'pipeline/deadlock',
          'The graph is deadlocked: source waits for a slab, of whose 5 all are kept by detect, detect waits for 3 more buffers from source to fill a batch of 8; to let it go on, have less of source held back behind it, or set batch.maxWaitMs of detect, or its batch.maxSize to at most 5',
        ],
      ],
    );
    for (const pool of arena.pools) pool.close();
    pipeline.abort();
    await run;
    assertClean();
  });

  it('says nothing of a queue that fills up to its minimum, or of a batch that waits for more', async () => {
    for (const settings of [
      { queue: { minBuffers: 3 } },
      { batch: { maxSize: 3, maxWaitMs: null } },
      { batch: { maxSize: 3, maxWaitMs: 60_000 } },
    ]) {
      const give: (() => void)[] = [];
      const seen: number[] = [];
      const source = countingSource('source', { count: 4, before: () => new Promise<void>((resolve) => give.push(resolve)) });
      const { pipeline, clock, heard, assertClean } = testPipeline(
        [
          source,
          tinyElement('it', { pads: FILTER_PADS, create: () => ({ transformBatch: (buffers) => buffers }) }),
          notingSink('sink', seen),
        ],
        { links: ['source ! it ! sink'], elements: { it: settings } },
        { stallMs: 1000 },
      );
      const run = pipeline.run();
      for (let turn = 0; turn < 4; turn++) {
        await settled();
        assert.deepEqual(seen, turn < 3 ? [] : [0, 1, 2]);
        clock.advanceBy(3_000_000);
        give.shift()!();
      }
      await run;
      assert.deepEqual(heard('warning'), []);
      assert.deepEqual(seen, [0, 1, 2, 3]);
      assertClean();
    }
  });

  it('says nothing of an element that waits to be restarted, and speaks up when a later one hangs', async () => {
    let opened = 0;
    const flaky = tinyElement('flaky', {
      pads: FILTER_PADS,
      open: () => ++opened,
      create: ({ context: { signal } }) => ({
        transform: (buffer) => {
          if (opened === 1) throw new Error('gone');
          return new Promise((resolve) => signal.addEventListener('abort', () => resolve(buffer)));
        },
      }),
    });
    const { pipeline, clock, heard, assertClean } = testPipeline(
      [countingSource('source', { count: 9 }), flaky, notingSink('sink', [])],
      {
        links: ['source ! flaky ! sink'],
        elements: { flaky: { queue: { maxBuffers: 2 }, onError: 'restart', restart: { firstDelayMs: 9000 } } },
      },
      { stallMs: 1000 },
    );
    const run = assert.rejects(pipeline.run());
    await settled();
    clock.advanceBy(4_000_000);
    const codes = () => heard('warning').map(({ code }) => code);
    assert.deepEqual(codes(), ['element/restarting']);
    clock.advanceBy(5_000_000);
    await settled();
    clock.advanceBy(3_000_000);
    assert.deepEqual(codes(), ['element/restarting', 'pipeline/no-progress']);
    pipeline.abort();
    await run;
    assertClean();
  });

  it('says nothing of a sink that keeps to the clock, nor of those who wait for it', async () => {
    const seen: number[] = [];
    const { pipeline, clock, heard, assertClean } = testPipeline(
      [countingSource('source', { count: 3000, slabBytes: 64 }), filter('it', (buffer) => buffer), notingSink('sink', seen)],
      {
        links: ['source ! it ! sink'],
        elements: { sink: { sync: { offsetMs: 8000 }, queue: { maxBuffers: 2 } }, it: { queue: { maxBuffers: 2 } } },
      },
      { stallMs: 1000 },
    );
    const run = assert.rejects(pipeline.run());
    await settled();
    clock.advanceBy(7_900_000);
    assert.deepEqual([heard('warning'), seen], [[], []]);
    clock.advanceBy(100_000);
    await settled();
    assert.deepEqual(seen, [0]);
    pipeline.abort();
    await run;
    assertClean();
  });

  it('names a join that is full and waits for what only the next buffer would bring', async () => {
    const gather = tinyElement('gather', {
      pads: FILTER_PADS,
      // Gives nothing before it has twelve.
      create: ({ context }) => {
        let seen = 0;
        return { chain: { sink: (buffer) => (++seen % 12 === 0 ? context.push('src', buffer.retain()) : 'ok') } };
      },
    });
    const graph = testPipeline(
      [countingSource('source', { count: 40, slabBytes: 64 }), { ...tee, name: 'tee' }, gather, join, probe('sink', [])],
      {
        links: ['source ! tee', 'tee ! join.sink_0', 'tee ! gather ! join.sink_1', 'join ! sink'],
        elements: { join: { props: { maxPending: 4 }, queue: { maxBuffers: 2 } }, sink: {} },
      },
      { stallMs: 1000 },
    );
    await assertStalls(graph, [
      [
        'pipeline/deadlock',
        'The graph is deadlocked: tee waits for room in the queue of join.sink_0, which holds 2 of 2 buffers, join waits for gather to give it something at join.sink_1, gather waits for tee to give it something at gather.sink; to let it go on, raise queue.maxBuffers of join, or set its queue.onFull to dropOldest, or set maxWaitMs of join',
      ],
    ]);
  });

  it('takes none for lacking who has brought more than can be taken: that is a slow input, no circle', async () => {
    const slow = countingSource('slow', {
      count: 1,
      before: (_, { signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
    });
    const inner = { ...join, name: 'inner' };
    const graph = testPipeline(
      [countingSource('fast', { count: 40 }), slow, countingSource('other', { count: 40 }), inner, join, probe('sink', [])],
      {
        links: ['fast ! inner.sink_0', 'slow ! inner.sink_1', 'inner ! join.sink_0', 'other ! join.sink_1', 'join ! sink'],
        elements: {
          inner: { props: { maxPending: 4 }, queue: { maxBuffers: 2 } },
          join: { props: { maxPending: 4 }, queue: { maxBuffers: 2 } },
        },
      },
      { stallMs: 1000 },
    );
    await assertStalls(graph, [
      [
        'pipeline/no-progress',
        'inner and join made no progress for 1.00 s with buffers to work on: fast waits for room in the queue of inner.sink_0, which holds 2 of 2 buffers; inner waits for slow to give it something at inner.sink_1; other waits for room in the queue of join.sink_1, which holds 2 of 2 buffers; join waits for inner to give it something at join.sink_0',
      ],
    ]);
  });
});

/** Plays a graph until nothing in it moves for two seconds, of which it has to warn with just these codes and texts, and breaks it off. */
async function assertStalls(
  { pipeline, clock, heard, assertClean }: ReturnType<typeof testPipeline>,
  warnings: readonly (readonly [code: string, text: string])[],
): Promise<void> {
  const run = assert.rejects(pipeline.run());
  await settled();
  clock.advanceBy(2_000_000);
  assert.deepEqual(
    heard('warning').map(({ code, text }) => [code, text]),
    warnings,
  );
  pipeline.abort();
  await run;
  assertClean();
}
