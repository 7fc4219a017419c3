import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AnyElementDefinition, Latency } from '../../../src/core/element/define-element.ts';
import { sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import { GraphError } from '../../../src/core/errors.ts';
import { Scheduler } from '../../../src/core/pipeline/scheduler.ts';
import { markLive } from '../../../src/core/pipeline/topology.ts';
import { planQueues } from '../../../src/core/queue/plan-queues.ts';
import { type LatencyReport, queryLatency } from '../../../src/core/time/latency.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { countingSource, filter, notingSink, testMedia, tinyElement } from '../../support/tiny-element.ts';

const camera = (name = 'camera'): AnyElementDefinition => ({ ...countingSource(name, { count: 1 }), live: true });
const taking = (name: string, min: number, ...more: [max?: number | undefined]): AnyElementDefinition =>
  filter(name, (buffer) => buffer, { latency: () => ({ min, max: more.length === 0 ? min : more[0] }) });
const sink = notingSink('sink', []);
/** What the queue holds that is right behind a live source, in microseconds. */
const HELD = 1_000_000;
const join = tinyElement('join', {
  pads: { a: sinkPad(testMedia), b: sinkPad(testMedia), src: srcPad(testMedia) },
  create: ({ context }) => ({ chain: { a: (buffer) => context.push('src', buffer.retain()), b: () => 'ok' } }),
});

const threefold = tinyElement('threefold', {
  pads: { a: sinkPad(testMedia), b: sinkPad(testMedia), c: sinkPad(testMedia), src: srcPad(testMedia) },
  create: () => ({ chain: { a: () => 'ok', b: () => 'ok', c: () => 'ok' } }),
});
const fork = tinyElement('fork', {
  pads: { sink: sinkPad(testMedia), left: srcPad(testMedia), right: srcPad(testMedia) },
  create: () => ({ chain: { sink: () => 'ok' } }),
});

type Elements = Readonly<Record<string, Record<string, unknown>>>;

function query(definitions: readonly AnyElementDefinition[], links: readonly string[], elements: Elements = {}): LatencyReport {
  const { pipeline } = testPipeline(definitions, { links: [...links], elements });
  const sorted = [...pipeline.elements.values()].sort((a, b) => a.depth - b.depth);
  markLive(sorted);
  planQueues(sorted, new Scheduler(), { cores: 1 });
  return queryLatency(sorted);
}

const total = (...args: Parameters<typeof query>): Latency => query(...args).total;

describe('latency', () => {
  it('adds up along a path, with what the queue behind a live source can hold', () => {
    assert.deepEqual(total([camera(), taking('a', 10), taking('b', 5), sink], ['camera ! a ! b ! sink']), { min: 15, max: HELD + 15 });
  });

  it('asks no buffering for the time that a sink gives those before it', () => {
    const elements = { sink: { sync: { processingDeadlineMs: 30 }, queue: { maxBuffers: 2, maxAgeMs: 0, onFull: 'dropOldest' } } };
    const { total: all, issues } = query([camera(), sink], ['camera ! sink'], elements);
    assert.deepEqual([all, issues], [{ min: 30_000, max: 30_000 }, []]);
  });

  it('has no maximum behind a source that can be held back', () => {
    assert.deepEqual(total([countingSource('file', { count: 1 }), taking('a', 10), sink], ['file ! a ! sink']), {
      min: 10,
      max: undefined,
    });
  });

  it('has no maximum behind an element that keeps things for as long as it likes', () => {
    assert.deepEqual(total([camera(), taking('a', 10, undefined), taking('b', 1), sink], ['camera ! a ! b ! sink']).max, undefined);
  });

  it('can be larger by what a queue holds that blocks', () => {
    const links = ['camera ! a ! sink'];
    assert.deepEqual(total([camera(), taking('a', 10), sink], links, { a: { queue: { maxTimeMs: 2, onFull: 'block' } } }), {
      min: 10,
      max: 2010,
    });
    assert.deepEqual(total([camera(), taking('a', 10), sink], links, { a: { queue: { maxBuffers: 8, onFull: 'block' } } }), {
      min: 10,
      max: undefined,
    });
  });

  it('counts what a queue fills up to before it lets anything go', () => {
    const queue = { minTimeMs: 5, maxTimeMs: 20, onFull: 'block' };
    assert.deepEqual(total([camera(), taking('a', 10), sink], ['camera ! a ! sink'], { a: { queue } }), { min: 5010, max: 20_010 });
  });

  it('is bounded by what a queue holds that leaks', () => {
    const links = ['camera ! a ! sink'];
    for (const queue of [{ maxTimeMs: 1, onFull: 'dropOldest' }, { maxAgeMs: 1 }, { maxTimeMs: 3, maxAgeMs: 1, onFull: 'dropNewest' }]) {
      assert.deepEqual(total([camera(), taking('a', 0, 5000), sink], ['camera ! a ! sink'], { sink: { queue } }).max, 1000);
      assert.deepEqual(total([camera(), taking('a', 10), sink], links, { a: { queue } }).max, 1010, 'it takes what it can hold');
    }
  });

  it('counts the wait for batches', () => {
    const links = ['camera ! a ! sink'];
    const batches = (batch: object): Latency =>
      total([camera(), taking('a', 10), sink], links, { a: { batch, queue: { maxTimeMs: 1, onFull: 'block' } } });
    assert.deepEqual(batches({ maxSize: 4, maxWaitMs: 5 }), { min: 5010, max: 6010 });
    assert.deepEqual(batches({ maxSize: 4, maxWaitMs: null }), { min: 10, max: undefined });
    assert.deepEqual(batches({ maxSize: 4, maxWaitMs: null, latencyTargetMs: 5 }), { min: 5010, max: 6010 });
    assert.deepEqual(batches({ maxSize: 4, adaptive: true }), { min: 100_010, max: 101_010 }, 'at the most that it follows the arrivals');
    assert.deepEqual(batches({ maxSize: 1, maxWaitMs: 5 }), { min: 10, max: 1010 });
  });

  it('of several inputs is the largest minimum and the smallest maximum', () => {
    const { upTo, issues } = query(
      [camera('one'), camera('two'), taking('slow', 300), join, sink],
      ['one ! join.a', 'two ! slow ! join.b', 'join ! sink'],
      { join: { queue: { maxTimeMs: 1, maxBuffers: 0, onFull: 'block' } } },
    );
    assert.deepEqual(issues, []);
    assert.deepEqual([...upTo].find(([{ name }]) => name === 'join')?.[1], { min: 300, max: 1000 });
  });

  it('of the pipeline is the largest of its sinks', () => {
    assert.equal(
      total([camera('one'), camera('two'), taking('slow', 300), sink, notingSink('other', [])], ['one ! sink', 'two ! slow ! other']).min,
      300,
    );
  });

  it('that one input cannot be held back for is an error which names the element to give more buffering', async () => {
    const definitions = [camera('one'), camera('two'), taking('slow', 300_000), join, sink];
    const links = ['one ! join.a', 'two ! slow ! join.b', 'join ! sink'];
    const { pipeline } = testPipeline(definitions, { links, elements: { join: { queue: { maxTimeMs: 40, onFull: 'dropOldest' } } } });
    await assert.rejects(pipeline.run(), (error: GraphError) => {
      assert.ok(error instanceof GraphError);
      assert.deepEqual(
        error.issues.map(({ code, path, message, hint }) => [code, path, message, hint]),
        [
          [
            'latency/not-enough-buffering',
            '/elements/join',
            'What comes from one to join.a can be held back for 40.0 ms only, but has to wait for 300.0 ms',
            'set join.queue.maxTimeMs to at least 300 with onFull=block, or put such a queue before it',
          ],
        ],
      );
      return true;
    });
    assert.equal(pipeline.state, 'null');
    const better = testPipeline(definitions, { links, elements: { join: { queue: { maxTimeMs: 300, maxBuffers: 0 } } } });
    await better.pipeline.run();
  });

  it('that several inputs cannot be held back for is complained of for each of them', () => {
    const { issues } = query(
      [camera('one'), camera('two'), camera('three'), taking('slow', 300_000), threefold, sink],
      ['one ! threefold.a', 'two ! threefold.b', 'three ! slow ! threefold.c', 'threefold ! sink'],
      { threefold: { queue: { maxTimeMs: 40, onFull: 'dropOldest' } } },
    );
    assert.deepEqual(
      issues.map(({ path, message }) => [path, message.slice(0, 45)]),
      [
        ['/elements/threefold', 'What comes from one to threefold.a can be hel'],
        ['/elements/threefold', 'What comes from two to threefold.b can be hel'],
      ],
    );
  });

  it('that an element in the middle which keeps to the clock cannot wait for is an error, too', () => {
    const keeping = { ...taking('keeping', 0, undefined), sync: { maxLatenessMs: null, processingDeadlineMs: 0 } };
    const links = ['one ! keeping ! sink', 'two ! slow ! other'];
    const graph = [camera('one'), camera('two'), keeping, taking('slow', 300_000), sink, notingSink('other', [])];
    const of = (maxAgeMs: number): unknown => query(graph, links, { keeping: { queue: { maxAgeMs } } }).issues.map(({ path }) => path);
    assert.deepEqual(of(299), ['/elements/keeping']);
    assert.deepEqual(of(300), []);
  });

  it('that has no end, before what drops what is late, is an error that names both', () => {
    const graph = [camera(), filter('model', (buffer) => buffer), filter('between', (buffer) => buffer), sink];
    const of = (elements: Elements): unknown =>
      query(graph, ['camera ! model ! between ! sink'], elements).issues.map(({ code, path, message }) => [
        code,
        path,
        message.slice(0, 29),
      ]);
    const waits = { batch: { maxSize: 4, maxWaitMs: null } };
    const drops = { sync: { maxLatenessMs: 20 } };
    assert.deepEqual(of({ model: waits, sink: drops }), [['latency/no-end', '/elements/sink', 'model waits for as long as it']]);
    assert.deepEqual(of({ model: waits }), []);
    assert.deepEqual(of({ model: waits, sink: { sync: { maxLatenessMs: null } } }), []);
    assert.deepEqual(of({ model: { batch: { maxSize: 4, maxWaitMs: 30 } }, sink: drops }), []);
    const endless = { ...filter('model', (buffer) => buffer), latency: () => ({ min: Number.POSITIVE_INFINITY, max: undefined }) };
    const { issues, total: whole } = query([camera(), endless, sink], ['camera ! model ! sink'], { sink: drops });
    assert.equal(issues.length, 1);
    assert.ok(Number.isFinite(whole.min));
  });

  it('leaves each element what those behind it do not take', () => {
    const { behind, total: whole } = query(
      [camera(), taking('a', 10), taking('b', 5), taking('c', 20), fork, sink, notingSink('other', [])],
      ['camera ! a ! fork', 'fork.left ! b ! sink', 'fork.right ! c ! other'],
      { sink: { sync: { processingDeadlineMs: 1 } }, c: { queue: { minTimeMs: 2, maxTimeMs: 9, maxBuffers: 0 } } },
    );
    assert.deepEqual(whole.min, 2030);
    assert.deepEqual(behind, { camera: 2030, a: 2020, fork: 2020, b: 1000 });
  });

  it('is told with the summary', async () => {
    const { pipeline } = testPipeline([camera(), taking('a', 10), sink], { links: ['camera ! a ! sink'] });
    assert.equal(pipeline.latency, undefined);
    assert.deepEqual((await pipeline.run()).latency, { min: 10, max: HELD + 10 });
  });

  it('never has a minimum below that of any of its parts, nor a maximum below its minimum unless that is complained of', () => {
    const latency = fc.record({ min: fc.nat(1000), slack: fc.option(fc.nat(1000), { nil: undefined }) });
    const queue = fc.option(
      fc.record({ maxTimeMs: fc.nat(2), maxBuffers: fc.constant(4), onFull: fc.constantFrom('block', 'dropOldest'), maxAgeMs: fc.nat(1) }),
      { nil: undefined },
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(latency, queue), { minLength: 1, maxLength: 6 }), (parts) => {
        const definitions = parts.map(([{ min, slack }], index) => taking(`e${index}`, min, slack === undefined ? undefined : min + slack));
        const elements = Object.fromEntries(parts.flatMap(([, one], index) => (one === undefined ? [] : [[`e${index}`, { queue: one }]])));
        const chain = ['camera', ...definitions.map(({ name }) => name), 'sink'].join(' ! ');
        const report = query([camera(), ...definitions, sink], [chain], elements as Elements);
        assert.equal(
          report.total.min,
          parts.reduce((sum, [{ min }]) => sum + min, 0),
        );
        if (report.issues.length === 0 && report.total.max !== undefined) assert.ok(report.total.max >= report.total.min);
      }),
      { numRuns: 60 },
    );
  });
});

describe('pipeline queries', () => {
  it('tell position, duration and what flows through a pad', async () => {
    const position = (name: string, at: number, duration?: number): AnyElementDefinition =>
      countingSource(name, { count: 1, before: (_, context) => context.position(at, duration) });
    const { pipeline } = testPipeline([position('one', 5, 100), position('two', 3, 200), sink, notingSink('other', [])], {
      links: ['one ! sink', 'two ! other'],
    });
    assert.equal(pipeline.duration, undefined);
    await pipeline.negotiate();
    assert.deepEqual(pipeline.capsOf('sink.sink'), { media: 'test', fields: {} });
    assert.deepEqual(pipeline.capsOf('one.src'), { media: 'test', fields: {} });
    assert.throws(() => pipeline.capsOf('sink.src'), /sink has no pad named src; it has sink/);
    assert.throws(() => pipeline.capsOf('sinc.sink'), /did you mean sink/);
    await pipeline.run();
    assert.deepEqual(pipeline.position, { position: 3, duration: 200 });
    assert.equal(pipeline.duration, 200);
  });

  it('tell how far each source is that has not ended, and how far the farthest has come', async () => {
    const seen: unknown[] = [];
    const position = (name: string, at: number, count: number): AnyElementDefinition =>
      countingSource(name, {
        count,
        before: (index, context) => {
          context.position(at + index, 100);
          if (index === 1) seen.push([...made.pipeline.positions]);
        },
      });
    const made = testPipeline([position('one', 70, 1), position('two', 3, 2), sink, notingSink('other', [])], {
      links: ['one ! sink', 'two ! other'],
    });
    const { streamTime } = await made.pipeline.run();
    assert.equal(streamTime, 70);
    assert.deepEqual(seen.at(-1), [['two', { position: 4, duration: 100 }]]);
    assert.equal(made.pipeline.positions.size, 0);
  });
});
