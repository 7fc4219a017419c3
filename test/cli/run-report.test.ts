import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { formatReport } from '../../src/cli/run-report.ts';
import type { RunStatistics } from '../../src/cli/run-statistics.ts';

const times = (p50: number, p95: number, p99: number) => ({ count: 300, mean: p50, p50, p95, p99, max: p99 });
const NEVER = { count: 0, mean: 0, p50: 0, p95: 0, p99: 0, max: 0 };

const element = {
  name: 'detect',
  type: 'onnx-inference',
  role: 'middle' as const,
  received: 300,
  handled: 300,
  produced: 300,
  inFlight: 0,
  dropped: {},
  waiting: times(35_000, 36_000, 1_234_000),
  working: times(11_600, 850, 7),
  age: times(80_000, 92_000, 99_000),
  queues: [
    {
      pad: 'sink',
      buffers: 0,
      bytes: 0,
      time: 0,
      highWater: 8,
      highWaterBytes: 0,
      maxBuffers: 16,
      maxBytes: 0,
      maxTime: 0,
      overruns: 0,
      underruns: 0,
      waiting: times(0, 0, 0),
    },
  ],
  batches: { byCause: { full: 74, eos: 1 }, bySize: { 4: 74, 3: 1 } },
  notes: { provider: { name: 'cpu', wished: ['tensorrt', 'cuda'] }, encoder: 'libx264' },
};

const statistics: RunStatistics = {
  version: 1,
  graph: 'graph.json',
  outcome: 'done',
  frames: 300,
  fps: 36.54,
  runTime: 8_210_000,
  realTimeFactor: 1.218,
  outputs: [{ element: 'film', path: 'out/annotated.mp4', bytes: 1_234_567 }],
  elements: [
    element,
    {
      ...element,
      name: 'lines',
      role: 'sink',
      working: NEVER,
      waiting: NEVER,
      queues: [],
      batches: { byCause: {}, bySize: {} },
      notes: {},
      dropped: { overflow: 3, stale: 0 },
    },
  ],
};

const report = (changes: Partial<RunStatistics> = {}): string => formatReport({ ...statistics, ...changes }, new PassThrough());

describe('run report', () => {
  it('lists elements that were taken out while it ran, in lines of their own', () => {
    const removed = [
      { ...element, name: 'cam3', handled: 42, dropped: { flushing: 2, stale: 0 } },
      { ...element, name: 'mail' },
    ];
    assert.match(report({ removed }), /\nRemoved {3}cam3: 42 frames, 2 dropped: flushing\n {10}mail: 300 frames\n/);
    assert.doesNotMatch(report(), /Removed/);
  });

  it('says in its first line how much was done and how fast', () => {
    assert.match(report(), /^300 frames in 8\.21 s: 36\.5 fps, 1\.22 × real time\n/);
    assert.match(report({ outcome: 'failed' }), /^300 frames before it failed, in 8\.21 s/);
  });

  it('splits the latency of each element into working and waiting, in milliseconds', () => {
    assert.match(report(), /^detect +300 +11\.6 +0\.850 +0\.007 +35\.0 +36\.0 +1234 +8\/16$/m);
    assert.match(report(), /^lines +300 +– +– +– +– +– +– +–$/m);
  });

  it('names batches by cause, drops by cause, providers, notes, latency and outputs', () => {
    const text = report();
    assert.match(text, /^Latency +source to lines: p50 80\.0, p95 92\.0, p99 99\.0 ms$/m);
    assert.match(text, /^Batches +detect: 75 \(full 74, eos 1\); sizes: 1 of 3, 74 of 4$/m);
    assert.match(text, /^Drops +lines: 3 overflow$/m);
    assert.match(text, /^Ran on +detect: name cpu, wished tensorrt, cuda$/m);
    assert.match(text, /^Noted +detect: encoder libx264$/m);
    assert.match(text, /^Outputs +out\/annotated\.mp4 \(1\.2 MB\)$/m);
  });

  it('says how long the oldest of a batch waited, and how much of the work was padding', () => {
    const batches = { ...element.batches, oldestWaited: times(4000, 4500, 5000), waste: 0.125 };
    const text = report({ elements: [{ ...element, batches }] }).replaceAll(/\s+/g, ' ');
    assert.match(
      text,
      /detect: 75 \(full 74, eos 1\); sizes: 1 of 3, 74 of 4; the oldest waited: p50 4\.00, p99 5\.00 ms; padding: 12\.5 %/,
    );
  });

  it('shows the fullest of many queues', () => {
    const queues = [2, 6, 3].map((highWater) => ({ ...element.queues[0]!, highWater }));
    assert.match(report({ elements: [{ ...element, queues }] }), / 6\/16 of 3\n/);
  });

  it('fits 100 columns, however long the names are', () => {
    const long = {
      ...element,
      name: 'a-very-long-name-of-an-element-in-an-included-graph/detector',
      queues: [...element.queues, ...element.queues],
    };
    const text = report({ elements: Array.from({ length: 12 }, (_, index) => ({ ...long, name: `${long.name}${index}` })) });
    for (const line of text.split('\n')) assert.ok(line.length <= 100, `${line.length}: ${line}`);
  });
});
