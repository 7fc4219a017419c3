// Whoever says how long it takes says enough: behind a camera, a sink that bears no lateness at all loses nothing.
import assert from 'node:assert/strict';
import type { GraphInput } from '../src/core/graph/graph-description.ts';
import { checkGraph, createPipeline } from '../src/load-graph.ts';
import { Arena } from '../src/memory/arena.ts';
import { assertConserved } from '../src/testing/assert-conserved.ts';
import { ManualClock } from '../src/testing/manual-clock.ts';
import { settled } from '../src/testing/settled.ts';

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
  'fake-inference in batches with a deadline': tensors('fake-inference', { serviceMs: 4 }, { batch: { maxSize: 16, maxWaitMs: 35 } }),
  funnel: two('funnel', {}, 'camera ! it ; other ! it ; it ! sink'),
  'stream-mux of unlike rates': two('stream-mux', { maxWaitMs: 15 }, 'camera ! it ; other ! it ; it ! sink', 20),
  'join of unlike rates': two('join', { maxWaitMs: 25 }, 'camera ! it ; other ! it ; it ! sink', 20),
};

async function run([elements, links]: [Elements, string]) {
  const description = {
    elements: { camera: camera(), ...elements, sink: { type: 'fake-sink', sync: { maxLatenessMs: 0, processingDeadlineMs: 0 } } },
    links: links.split(' ; '),
  } as GraphInput;
  const { issues, graph } = await checkGraph({ description });
  assert.deepEqual(issues, []);
  const arena = Arena.create({ maximumBytes: 2 ** 28 });
  const clock = new ManualClock(1_000_000);
  const pipeline = createPipeline(graph!, { arena, clock });
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
  for (const [what, graph] of Object.entries(cases)) {
    it(`is enough for what comes in time: ${what}`, async () => {
      const { handled, dropped } = await run(graph);
      assert.deepEqual(dropped, {});
      assert.ok(handled > 0);
    });
  }
});
