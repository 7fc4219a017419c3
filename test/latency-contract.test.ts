// Whoever says how long it takes says enough: behind a camera, a sink that bears no lateness at all loses nothing.
import assert from 'node:assert/strict';
import type { GraphInput } from '../src/core/graph/graph-description.ts';
import { builtinElements } from '../src/elements/builtin-elements.ts';
import { checkGraph, createPipeline } from '../src/load-graph.ts';
import { Arena } from '../src/memory/arena.ts';
import { assertConserved } from '../src/testing/assert-conserved.ts';
import { ManualClock } from '../src/testing/manual-clock.ts';
import { settled } from '../src/testing/settled.ts';
import { SteadyScheduler } from './support/steady-scheduler.ts';

type Elements = Record<string, { type: string } & Record<string, unknown>>;

const FRAMES = 20;
const camera = (frameRate = 100, count = FRAMES) => ({
  type: 'video-test-source',
  props: { live: true, width: 32, height: 32, frameRate, count },
});
const flow = (type: string, props: Record<string, unknown> = {}, more: Record<string, unknown> = {}): [Elements, string] => [
  { it: { type, props, ...more } },
  'camera ! it ! sink',
];
const tensors = (type: string, props: Record<string, unknown> = {}, more: Record<string, unknown> = {}): [Elements, string] => [
  { fit: { type: 'letterbox', props: { width: 32, height: 32 } }, it: { type, props, ...more } },
  'camera ! fit ! it ! sink',
];
const two = (type: string, props: Record<string, unknown>, links: string, frameRate = 100): [Elements, string] => [
  { it: { type, props }, other: camera(frameRate, (FRAMES * frameRate) / 100) },
  links,
];

/** Gives nothing, and says nothing of that, for longer than the camera is there. */
const SILENT = { ...camera(100, 60), props: { ...camera(100, 60).props, silent: { fromMs: 0, forMs: 500 } } };
const WORK: Elements = {
  fit: { type: 'letterbox', props: { width: 32, height: 32 } },
  work: { type: 'fake-inference', props: { serviceMs: 7 } },
};

const cases: Record<string, [Elements, string]> = {
  identity: flow('identity'),
  'caps-filter': flow('caps-filter', { caps: 'video/raw' }),
  decimate: flow('decimate', { every: 3 }),
  throttle: flow('throttle', { intervalMs: 25 }),
  'queue with a minimum of time': flow('queue', { minTimeMs: 40, maxTimeMs: 200, maxBuffers: 0 }),
  'resample to a slower grid': flow('resample', { rate: 40 }),
  'resample to a faster grid': flow('resample', { rate: 200, maxGapMs: 20 }),
  letterbox: flow('letterbox', { width: 16, height: 16 }),
  resize: flow('resize', { width: 16, height: 16 }),
  crop: flow('crop', { x: 0, y: 0, cropWidth: 16, cropHeight: 16 }),
  'fake-inference': tensors('fake-inference', { serviceMs: 7 }),
  'fake-inference whose runs take unlike times': tensors('fake-inference', { serviceMs: { min: 1, max: 9 } }),
  'fake-inference that takes longer for more items': tensors(
    'fake-inference',
    { serviceMs: 1, perItemMs: 2 },
    { batch: { maxSize: 3, maxWaitMs: 25 } },
  ),
  'fake-inference in batches with a deadline': tensors('fake-inference', { serviceMs: 4 }, { batch: { maxSize: 16, maxWaitMs: 35 } }),
  funnel: two('funnel', {}, 'camera ! it ; other ! it ; it ! sink'),
  'stream-mux of unlike rates': two('stream-mux', { maxWaitMs: 15 }, 'camera ! it ; other ! it ; it ! sink', 20),
  queue: flow('queue'),
  'clock-sync': flow('clock-sync', { maxLatenessMs: 0 }),
  'clock-sync with an offset': flow('clock-sync', { offsetMs: -5 }),
  pace: flow('pace'),
  valve: flow('valve'),
  tee: [{ it: { type: 'tee' }, other: { type: 'fake-sink' } }, 'camera ! it ! sink ; it ! other'],
  'flow-limiter': [{ it: { type: 'flow-limiter' }, t: { type: 'tee' } }, 'camera ! it.sink ; it ! t ! sink ; t ! it.finished'],
  'frame-to-tensor': flow('frame-to-tensor'),
  normalize: [
    { make: { type: 'frame-to-tensor' }, it: { type: 'normalize', props: { mean: [127.5], scale: [1] } } },
    'camera ! make ! it ! sink',
  ],
  nms: [{ it: { type: 'nms' }, frames: { type: 'fake-sink' } }, 'camera.truth ! it ! sink ; camera.src ! frames'],
  'draw-detections': [{ it: { type: 'draw-detections' } }, 'camera.src ! it.video ; camera.truth ! it.detections ; it ! sink'],
  'crop-by-boxes': [
    { it: { type: 'crop-by-boxes', props: { width: 16, height: 16 } } },
    'camera.src ! it.sink ; camera.truth ! it.boxes ; it ! sink',
  ],
  'stream-demux': [
    { mux: { type: 'stream-mux', props: { maxWaitMs: 15 } }, it: { type: 'stream-demux' }, other: camera(), rest: { type: 'fake-sink' } },
    'camera ! mux ; other ! mux ; mux ! it ! sink ; it ! rest',
  ],
  gate: [
    { it: { type: 'gate', props: { path: 'items.length', operator: '>', value: 0 } } },
    'camera.src ! it.sink ; camera.truth ! it.control ; it ! sink',
  ],
  'gate whose control is silent, before work': [
    { it: { type: 'gate', props: { value: 0, open: true } }, other: SILENT, ...WORK },
    'camera ! it.sink ; other ! it.control ; it ! fit ! work ! sink',
  ],
  'join with an input that is silent, before what fills up to a span of time': [
    {
      it: { type: 'join', props: { inputs: [{}, { required: false, onMissing: 'null' }] } },
      other: SILENT,
      rest: { type: 'queue', props: { minTimeMs: 40, maxTimeMs: 200, maxBuffers: 0 } },
    },
    'camera ! it ; other ! it ; it ! rest ! sink',
  ],
  'clock-sync before work': [{ it: { type: 'clock-sync', props: { maxLatenessMs: 0 } }, ...WORK }, 'camera ! it ! fit ! work ! sink'],
  switch: two('switch', { active: 'sink_0' }, 'camera ! it ; other ! it ; it ! sink'),
  'tensor-if': [
    {
      fit: { type: 'letterbox', props: { width: 32, height: 32 } },
      it: { type: 'tensor-if', props: { measure: 'mean', value: -1, operator: '>' } },
    },
    'camera ! fit ! it ; it.then ! sink',
  ],
  'tensor-merge': [
    {
      it: { type: 'tensor-merge', props: { axis: 1 } },
      j: { type: 'join', props: { maxWaitMs: 25 } },
      other: camera(),
      a: { type: 'letterbox', props: { width: 32, height: 32 } },
      b: { type: 'letterbox', props: { width: 32, height: 32 } },
      c: { type: 'caps-filter', props: { caps: 'tensor(dtype=float32, layout=CHW)' } },
      d: { type: 'caps-filter', props: { caps: 'tensor(dtype=float32, layout=CHW)' } },
    },
    'camera ! a ! c ! j ; other ! b ! d ! j ; j ! it ! sink',
  ],
  'tensor-split': [
    {
      fit: { type: 'letterbox', props: { width: 32, height: 32 } },
      c: { type: 'caps-filter', props: { caps: 'tensor(dtype=float32, layout=CHW)' } },
      it: { type: 'tensor-split', props: { axis: 1, sizes: [20, 12] } },
      other: { type: 'fake-sink' },
    },
    'camera ! fit ! c ! it ; it ! sink ; it ! other',
  ],
  'tensor-aggregate': [
    {
      fit: { type: 'letterbox', props: { width: 32, height: 32 } },
      c: { type: 'caps-filter', props: { caps: 'tensor(dtype=float32, layout=CHW)' } },
      it: { type: 'tensor-aggregate', props: { framesIn: 3, framesOut: 24, flush: 12, frameMs: 10 / 3 } },
    },
    'camera ! fit ! c ! it ! sink',
  ],
  'join of unlike rates': two('join', { maxWaitMs: 25 }, 'camera ! it ; other ! it ; it ! sink', 20),
};

const A_SINK = 'nothing comes from it, so that nobody waits for it';
const A_SOURCE = 'latency counts from it on: what it gives is of the moment at which it does';
const BY_MODEL = 'it waits for a model, which works by the time of the machine and not by the clock of a test';

const BY_PROCESS = 'it waits for a process, which works by the time of the machine and not by the clock of a test';

/** Elements that no graph above shows, and why. */
const reasons: Readonly<Record<string, string>> = {
  'fake-source': A_SOURCE,
  'image-file-source': A_SOURCE,
  'point-cloud-source': A_SOURCE,
  'tensor-file-source': A_SOURCE,
  'directory-source': A_SOURCE,
  'text-lines-source': A_SOURCE,
  'stdin-source': A_SOURCE,
  'video-file-source': A_SOURCE,
  'camera-source': A_SOURCE,
  'gstreamer-source': A_SOURCE,
  'http-source': A_SOURCE,
  'rtsp-source': A_SOURCE,
  'microphone-source': A_SOURCE,
  'mqtt-source': A_SOURCE,
  'websocket-source': A_SOURCE,
  'audio-file-source': A_SOURCE,
  'audio-test-source': A_SOURCE,
  'av-file-source': A_SOURCE,
  replay: A_SOURCE,
  'app-source': A_SOURCE,
  'json-lines-sink': A_SINK,
  'image-file-sink': A_SINK,
  'video-file-sink': A_SINK,
  'report-sink': A_SINK,
  'app-sink': A_SINK,
  record: A_SINK,
  'onnx-inference': BY_MODEL,
  'detection-decoder': BY_MODEL,
  'classification-decoder': BY_MODEL,
  'gstreamer-filter': BY_PROCESS,
  'attach-classes': BY_MODEL,
};

async function run([elements, links]: [Elements, string]) {
  const description = {
    elements: { camera: camera(), sink: { type: 'fake-sink', sync: { maxLatenessMs: 0, processingDeadlineMs: 0 } }, ...elements },
    links: links.split(' ; '),
  } as GraphInput;
  const { issues, graph } = await checkGraph({ description });
  assert.deepEqual(issues, []);
  const arena = Arena.create({ maximumBytes: 2 ** 28 });
  const clock = new ManualClock(1_000_000);
  const pipeline = createPipeline(graph!, { arena, clock, scheduler: new SteadyScheduler() });
  await pipeline.negotiate();
  let summary: Awaited<ReturnType<typeof pipeline.run>> | undefined;
  const running = pipeline.run().then((one) => {
    summary = one;
  });
  await settled();
  for (let step = 0; summary === undefined && step < 1000; step++) {
    clock.advanceBy(1000);
    await settled(4);
  }
  if (summary === undefined) pipeline.abort();
  await running;
  assertConserved(summary!);
  assert.equal(arena.statistics.slabsInUse, 0);
  return summary!.elements.find(({ name }) => name === 'sink')!;
}

describe('the latency that an element reports', () => {
  it('is put to the test, or there is a reason why not, for each that there is', () => {
    const shown = new Set(Object.values(cases).flatMap(([elements]) => Object.values(elements).map(({ type }) => type)));
    for (const type of ['video-test-source', 'fake-sink']) shown.add(type);
    const names = builtinElements.map(({ name }) => name);
    assert.deepEqual(
      names.filter((name) => !shown.has(name) && reasons[name] === undefined),
      [],
      'add a case or a reason',
    );
    assert.deepEqual(
      Object.keys(reasons).filter((name) => shown.has(name) || !names.includes(name)),
      [],
      'take out the reason',
    );
  });

  for (const [what, graph] of Object.entries(cases)) {
    it(`is enough for what comes in time: ${what}`, async () => {
      const { handled, dropped } = await run(graph);
      assert.deepEqual(dropped, {});
      assert.ok(handled > 0);
    });
  }
});
