// Laws of whole graphs under thousands of seeded orders of their steps. A failure names the seed that reproduces it.
import assert from 'node:assert/strict';
import type { OpenedGraph } from '../../src/core/graph/open-graph.ts';
import type { StreamBuffer } from '../../src/core/stream/buffer.ts';
import { Arena } from '../../src/memory/arena.ts';
import { type Exploration, explore } from '../../src/simulation/explore.ts';
import type { FaultPlanInput } from '../../src/simulation/fault-plan.ts';
import { type SimulationRun, simulate } from '../../src/simulation/simulate.ts';
import { described, launched } from './graphs.ts';

/** What came to a sink, by source: numbers, times, sizes and what a model made of it. */
type Arrived = Record<string, string[]>;

const ROUGH: FaultPlanInput = {
  faults: [
    { kind: 'jitter', probability: 0.5, maxMs: 15 },
    { kind: 'drop', probability: 0.05 },
    { kind: 'duplicate', probability: 0.05 },
    { kind: 'reorder', probability: 0.05, distance: 2 },
    { kind: 'stall', probability: 0.01, ms: 2000 },
    { kind: 'slow', probability: 0.05, maxMs: 40 },
  ],
};

describe('interleaving', function () {
  this.timeout(60_000);
  const arena = Arena.create();

  const watching = (sinks: string, arrived: Arrived) => (element: string, _pad: string | undefined, buffer: StreamBuffer) => {
    if (!element.startsWith(sinks)) return;
    const { source, epoch, sequence, pts, bytes, slabs } = buffer;
    const first = slabs[0] === undefined || buffer.caps.media !== 'tensors' ? '' : arena.view('uint32', slabs[0].offset, 1)[0];
    const key = `${element} ${source}`;
    arrived[key] = [...(arrived[key] ?? []), `${epoch} ${sequence} ${pts} ${bytes} ${first}`];
  };

  const assertWhole = ({ failure }: Exploration): void => {
    if (failure === undefined) return;
    const { run, smallest } = failure;
    assert.fail(`seed ${run.case.seed}: ${run.broken?.invariant}: ${run.broken?.message}\nsmallest: ${JSON.stringify(smallest.run.case)}`);
  };

  /** Whether every order of steps brings every sink the same of every source. */
  const assertInvariant = async (
    graph: OpenedGraph,
    expected: Arrived,
    runs: number,
    buffers: number,
    faults?: FaultPlanInput,
  ): Promise<void> => {
    let arrived: Arrived = {};
    assertWhole(
      await explore(
        graph,
        { buffers, ...(faults === undefined ? {} : { faults }) },
        {
          runs,
          arena,
          onBuffer: (...seen) => watching('fake-sink', arrived)(...seen),
          onRun: () => {
            const found = arrived;
            arrived = {};
            assert.deepEqual(found, expected);
          },
        },
      ),
    );
  };

  const alone = async (launch: string, buffers: number): Promise<Arrived> => {
    const arrived: Arrived = {};
    const run = await simulate(await launched(launch), { buffers }, { arena, onBuffer: watching('fake-sink', arrived) });
    assert.equal(run.broken, undefined);
    return arrived;
  };

  it('K sources through one model give exactly what K runs of one source each give: 200 orders', async () => {
    const model = 'fake-inference serviceMs={"min":1,"max":9} parallel=2';
    const source = (name: string, bytes: number): string => `video-test-source name=${name} width=16 height=16 count=5 seed=${bytes}`;
    const names = ['a', 'b', 'c'];
    const launch = [
      `funnel name=f ! queue maxBuffers=3 ! frame-to-tensor ! ${model} ! fake-sink`,
      ...names.map((name, index) => `${source(name, index)} ! queue maxBuffers=2 ! f.`),
    ].join('  ');
    const parts = await Promise.all(
      names.map((name, index) => alone(`${source(name, index)} ! frame-to-tensor ! ${model} ! fake-sink`, 5)),
    );
    const expected: Arrived = Object.assign({}, ...parts);
    assert.equal(Object.values(expected).flat().length, 15);
    await assertInvariant(await launched(launch), expected, 200, 5, {
      faults: [
        { kind: 'jitter', maxMs: 12 },
        { kind: 'slow', probability: 0.1, maxMs: 20 },
      ],
    });
  });

  it('any order of steps gives every branch of a tee everything, in order: 1000 orders', async () => {
    const branches = 'tee name=t  t. ! queue maxBuffers=1 ! identity ! fake-sink  t. ! queue maxBuffers=4 ! fake-sink  t. ! fake-sink';
    const launch = `fake-source name=a count=7 sizeBytes=64 ! queue maxBuffers=2 ! ${branches}`;
    await assertInvariant(await launched(launch), await alone(launch, 7), 1000, 7);
  });

  it('nothing is lost, doubled, out of order or stuck whatever goes wrong: 600 orders', async () => {
    const graphs = [
      'fake-source name=a media=tensor sizeBytes=64 ! queue onFull=dropOldest maxBuffers=2 ! fake-inference parallel=3 serviceMs={"min":0,"mean":6} ! tee name=t  t. ! queue maxBuffers=1 ! fake-sink  t. ! decimate every=2 ! fake-sink',
      'fake-source name=a sizeBytes=64 ! queue ! funnel name=f ! queue maxBuffers=2 ! valve ! fake-sink  fake-source name=b ! f.  fake-source name=c sizeBytes=9 ! identity ! queue maxBytes=20 ! f.',
      'video-test-source name=a width=16 height=16 frameRate=50 live=true ! queue onFull=dropNewest maxAgeMs=60 ! identity ! queue maxTimeMs=50 ! identity ! fake-sink',
    ];
    for (const launch of graphs) assertWhole(await explore(await launched(launch), { buffers: 7, faults: ROUGH }, { runs: 200, arena }));
  });

  it('elements that fail cost buffers and nothing else, whether they are skipped or restarted: 400 orders', async () => {
    for (const onError of ['skip', 'restart'] as const) {
      const graph = await launched(
        'fake-source media=tensor sizeBytes=64 ! queue ! fake-inference parallel=2 ! identity ! queue ! fake-sink',
      );
      for (const name of ['identity', 'fake-inference', 'fake-source']) {
        Object.assign(graph.description.elements[name]!, { onError, restart: { maxAttempts: null } });
      }
      const faults: FaultPlanInput = {
        faults: [
          { kind: 'fail', probability: 0.06 },
          { kind: 'slow', probability: 0.1, maxMs: 20 },
        ],
      };
      assertWhole(await explore(graph, { buffers: 12, faults }, { runs: 200, arena }));
    }
  });

  it('a mux and a demux give every stream its own back, in order, whatever else there is in a batch: 300 orders', async () => {
    const names = ['a', 'b', 'c'];
    const counts = [12, 7, 10];
    const parts = await Promise.all(
      names.map((name, index) =>
        alone(`fake-source name=${name} count=${counts[index]} sizeBytes=${8 * index + 8} ! fake-sink name=fake-sink-${name}`, 12),
      ),
    );
    const expected: Arrived = Object.assign({}, ...parts);
    const launch = [
      'stream-mux name=m maxSize=4 maxWaitMs=5 ! queue maxBuffers=2 ! stream-demux name=d',
      ...names.map((name, index) => `fake-source name=${name} count=${counts[index]} sizeBytes=${8 * index + 8} ! queue maxBuffers=3 ! m.`),
      ...names.map((name) => `d. ! fake-sink name=fake-sink-${name}`),
    ].join('  ');
    const faults: FaultPlanInput = {
      faults: [
        { kind: 'jitter', maxMs: 12 },
        { kind: 'stall', element: 'b', probability: 0.05, ms: 3000 },
      ],
    };
    await assertInvariant(await launched(launch), expected, 300, 12, faults);
  });

  it('a settled join gives the same sets in any order and at any speed of arrival: 400 orders', async () => {
    const launch = `fake-source name=a count=10 durationMs=40 ! queue maxBuffers=2 ! j.sink_0
      fake-source name=b count=5 durationMs=80 ! queue ! j.sink_1  fake-source name=c count=14 durationMs=30 ! identity ! j.sink_2
      join name=j policy=settled ! queue maxBuffers=2 ! fake-sink`;
    const expected = await alone(launch, 20);
    assert.ok(Object.values(expected).flat().length >= 10);
    await assertInvariant(await launched(launch), expected, 400, 20, { faults: [{ kind: 'jitter', probability: 0.6, maxMs: 50 }] });
  });

  it('a flow-limiter that holds back loses nothing, and one that drops counts what it drops: 220 orders', async () => {
    const limited = (props: string): string =>
      `video-test-source name=a width=16 height=16 count=10 ! frame-to-tensor ! flow-limiter name=l ${props} ! queue ! fake-inference serviceMs={"min":1,"max":9} parallel=3 ! tee name=t
       t. ! queue maxBuffers=2 ! fake-sink  t. ! l.finished`;
    for (const props of ['maxInFlight=1 maxInQueue=0', 'maxInFlight=3 maxInQueue=5']) {
      const launch = limited(`onFull=block ${props}`);
      await assertInvariant(await launched(launch), await alone(launch, 10), 60, 10, { faults: [{ kind: 'jitter', maxMs: 9 }] });
    }
    const rough = await launched(limited('maxInFlight=2 maxInQueue=2'));
    assertWhole(await explore(rough, { buffers: 10, faults: ROUGH }, { runs: 100, arena }));
  });

  it('a switch gives what its input gives and nothing else: 300 orders', async () => {
    const launch = `switch name=s active=sink_1 ! queue maxBuffers=2 ! fake-sink  fake-source name=a count=9 ! queue maxBuffers=1 ! s.sink_0
      fake-source name=b count=9 sizeBytes=16 ! queue ! s.sink_1`;
    await assertInvariant(await launched(launch), await alone('fake-source name=b count=9 sizeBytes=16 ! fake-sink', 9), 300, 9, {
      faults: [{ kind: 'jitter', maxMs: 9 }],
    });
  });

  it('edits at any moment lose nothing, double nothing and leave nothing behind: 150 orders', async () => {
    const graph = await launched(
      `fake-source name=a ! queue maxBuffers=2 ! f.  fake-source name=b ! l.  fake-source name=y ! l.  fake-source name=x ! r.
       funnel name=f ! tee name=t ! fake-sink name=main  funnel name=l ! fake-sink name=left  funnel name=r ! queue ! fake-sink name=right`,
    );
    const queue = { type: 'queue', props: { maxBuffers: 2 } };
    const come = { add: { elements: { c: { type: 'fake-source', props: { count: 9 } }, q: queue }, links: ['c ! q ! f'] } };
    const branch = { add: { elements: { w: queue, side: { type: 'fake-sink' } }, links: ['t ! w ! side'] } };
    const impossible = { remove: 'main', set: { a: { count: -1 } } };
    const edits: FaultPlanInput['edits'] = [
      ...[come, branch].map((edit) => ({ to: 60, edit })),
      { to: 90, edit: { unlink: ['b ! l'], add: { links: ['b ! r'] } } },
      { to: 120, edit: impossible },
      { from: 20, to: 120, edit: { remove: ['c', 'q'] } },
      { from: 20, to: 120, edit: { remove: ['w', 'side'] } },
      { from: 60, to: 160, edit: come },
      { from: 60, to: 160, edit: branch },
    ];
    let seen: Record<string, string[]> = {};
    const outcomes: Record<string, number> = {};
    const onBuffer = (element: string, _: string | undefined, { source, epoch, sequence }: StreamBuffer): void => {
      if (!['main', 'left', 'right', 'side'].includes(element)) return;
      const key = `${element} ${source}`;
      seen[key] = [...(seen[key] ?? []), `${epoch} ${sequence}`];
    };
    const onRun = ({ summary, edits: made }: SimulationRun): void => {
      for (const { index, outcome } of made) outcomes[`${index} ${outcome}`] = (outcomes[`${index} ${outcome}`] ?? 0) + 1;
      const found = seen;
      seen = {};
      const all = Array.from({ length: 16 }, (_, index) => `0 ${index}`);
      assert.deepEqual(found['main a'], all);
      assert.deepEqual(found['right x'], all);
      assert.deepEqual(found['left y'], all);
      const b = [...(found['left b'] ?? []), ...(found['right b'] ?? [])];
      assert.deepEqual(b.sort(), [...all].sort());
      // The lives of a source, one epoch each: whatever it made has come, since it was worked off before it went.
      const lives = [...(summary.removed ?? []), ...summary.elements].filter(({ name }) => name === 'c').map(({ produced }) => produced);
      const whole = lives.flatMap((count, epoch) => Array.from({ length: count }, (_, index) => `${epoch} ${index}`));
      assert.deepEqual(found['main c'] ?? [], whole);
    };
    const faults: FaultPlanInput = { faults: [{ kind: 'jitter', probability: 0.5, maxMs: 9 }], edits };
    assertWhole(await explore(graph, { buffers: 16, faults }, { runs: 150, arena, onBuffer, onRun }));
    for (const index of [0, 1, 2, 4, 5, 6, 7]) assert.ok((outcomes[`${index} made`] ?? 0) > 15, JSON.stringify(outcomes));
    assert.equal(outcomes['3 made'], undefined);
  });

  it('steps against overload lose nothing uncounted, whenever they are taken and undone: 40 orders', async () => {
    const when = { element: 'line', measure: 'level', above: 0.6, below: 0.3, windowMs: 40, dwellMs: 30 } as const;
    const source = (frameRate: number) =>
      ({ type: 'video-test-source', props: { live: true, width: 16, height: 16, format: 'RGB', frameRate } }) as const;
    const graph = await described({
      elements: {
        a: source(60),
        b: source(80),
        thin: { type: 'decimate', props: { every: 1 } },
        both: { type: 'funnel' },
        line: { type: 'queue', props: { maxBuffers: 4, onFull: 'dropOldest' } },
        tensors: { type: 'frame-to-tensor' },
        model: {
          type: 'fake-inference',
          props: { serviceMs: { min: 20, max: 50 }, fallback: { serviceMs: 18 } },
          batch: { maxSize: 2, maxWaitMs: 20 },
          queue: { maxBuffers: 2, onFull: 'block' },
        },
        'fake-sink': { type: 'fake-sink' },
      },
      links: ['a.src ! both', 'b.src ! thin ! both', 'both ! line ! tensors ! model ! fake-sink'],
      overload: [
        { name: 'window', when, batch: { model: { maxWaitMs: 0 } } },
        { name: 'thin', when, do: { thin: { every: 3 } } },
        { name: 'lighter', when, do: { model: { useFallback: true } } },
        { name: 'pause', when, pause: ['b'] },
        { name: 'shorter', when, queue: { line: { maxBuffers: 2 } } },
      ],
    });
    const taken: Record<string, number> = {};
    const onRun = ({ summary }: SimulationRun): void => {
      for (const [step, count] of Object.entries(summary.overload!.counts)) taken[step] = (taken[step] ?? 0) + count;
      const stack: string[] = [];
      for (const { step, direction } of summary.overload!.steps) {
        if (direction === 'up') stack.push(step);
        else assert.equal(stack.pop(), step, 'undone in reverse order');
      }
      assert.deepEqual(summary.overload!.taken, stack);
    };
    const faults: FaultPlanInput = {
      faults: [
        { kind: 'jitter', probability: 0.3, maxMs: 15 },
        { kind: 'slow', element: 'model', probability: 0.1, maxMs: 40 },
      ],
    };
    assertWhole(await explore(graph, { buffers: 45, faults }, { runs: 40, arena, onRun }));
    assert.deepEqual(Object.keys(taken).sort(), ['lighter', 'pause', 'shorter', 'thin', 'window'], JSON.stringify(taken));
  });
});
