// What elements that hold back say of their buffers, against the buffers themselves: each is in flight from the moment it comes
// until it is part of what leaves, or is dropped with a cause.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { caps } from '../../src/core/caps/caps.ts';
import type { StreamBuffer } from '../../src/core/stream/buffer.ts';
import { builtinElements } from '../../src/elements/builtin-elements.ts';
import { flowLimiter } from '../../src/elements/flow/flow-limiter.ts';
import { resample } from '../../src/elements/flow/resample.ts';
import { streamMux } from '../../src/elements/flow/stream-mux.ts';
import { attachClasses } from '../../src/elements/fusion/attach-classes.ts';
import { cropByBoxes } from '../../src/elements/fusion/crop-by-boxes.ts';
import { join } from '../../src/elements/fusion/join.ts';
import { tensorAggregate } from '../../src/elements/fusion/tensor-aggregate.ts';
import { gstreamerFilter } from '../../src/elements/preprocess/gstreamer-filter.ts';
import { checkGraph, createPipeline } from '../../src/load-graph.ts';
import type { StreamBatch } from '../../src/media/batch.ts';
import type { DetectionSet } from '../../src/media/detection/detections.ts';
import { frameLayout } from '../../src/media/frame-layout.ts';
import type { JoinedSet } from '../../src/media/joined.ts';
import { Arena } from '../../src/memory/arena.ts';
import { assertAllReturned } from '../../src/testing/assert-conserved.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { type ElementTest, testElement } from '../../src/testing/test-element.ts';

const [plain] = caps('test');
const RUNS = { numRuns: 25, seed: 8 };

/** Something that happens at a pad: a buffer so many steps after the last one, a gap, or time that passes. */
const step = fc.record({
  pad: fc.nat(5),
  what: fc.constantFrom('buffer', 'buffer', 'buffer', 'gap', 'wait'),
  by: fc.integer({ min: 1, max: 3 }),
});
type Step = { readonly pad: number; readonly what: string; readonly by: number };

const MS = 1000;
const [found] = caps('detections');
const ONE = { box: [1, 1, 6, 6] as const, score: 0.9, classId: 0, label: 'animal' };
const detected = { width: 8, height: 8, items: [ONE] };

/** Has one thing after another happen at these pads; after each the books are looked at. */
async function walk(
  test: ElementTest,
  pads: readonly string[],
  steps: readonly Step[],
  look: () => void,
  whatAt: (pad: string) => Parameters<ElementTest['buffer']>[0] = () => ({ payload: new Uint8Array(4) }),
): Promise<void> {
  const at: Record<string, number> = {};
  for (const { pad: index, what, by } of steps) {
    const pad = pads[index % pads.length]!;
    const pts = (at[pad] ?? 0) + by * 10 * MS;
    if (what === 'wait') test.clock.advanceTo(test.clock.now() + by * 10 * MS);
    else at[pad] = pts;
    // Backpressure may delay it.
    if (what === 'buffer') void test.push({ pts, duration: 10 * MS, ...whatAt(pad) }, pad);
    if (what === 'gap') void test.gap(pts - 1, 1, pad);
    await test.settled();
    look();
  }
  await test.end();
}

describe('buffers that are held back', function () {
  this.timeout(20_000);

  it('are looked at below in every element that says so', () => {
    const here = [attachClasses, cropByBoxes, flowLimiter, join, resample, streamMux, tensorAggregate].map(({ name }) => name);
    // What holds them is a process; a fake stands for it in test/media/gstreamer-filter/source-line.test.ts.
    const holders = [...here, gstreamerFilter.name].sort();
    assert.deepEqual(builtinElements.flatMap(({ name, holdsBack }) => (holdsBack === true ? [name] : [])).sort(), holders);
  });

  for (const inputs of [
    [{}, {}],
    [{ onMissing: 'last' as const }, {}],
    [{ required: true }, { toleranceMs: 10 }],
  ]) {
    for (const maxWaitMs of [null, 15]) {
      it(`are in flight in a join until they are in a set or dropped: ${JSON.stringify(inputs)}, maxWaitMs ${maxWaitMs}`, async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
            const props = { inputs, maxWaitMs, maxPending: 3 };
            const test = await testElement(join, { props, caps: { sink_0: plain, sink_1: plain } });
            await walk(test, ['sink_0', 'sink_1'], steps, () => {
              const joined = new Set<string>();
              for (const set of test.buffers() as readonly StreamBuffer<JoinedSet>[])
                for (const [name, part] of Object.entries(set.value.parts)) if (part !== null) joined.add(`${name} ${part.pts}`);
              assertBooks(test, joined.size);
            });
          }),
          RUNS,
        );
      });
    }
  }

  for (const flush of [1, 2, 3, 4]) {
    it(`are in flight in a tensor-aggregate until they are in a window or dropped: windows of 3, stepping on by ${flush}`, async () => {
      const [tensors] = caps('tensor', { dtype: 'uint8', shape: [4] });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const test = await testElement(tensorAggregate, { props: { framesIn: 1, framesOut: 3, flush }, caps: { sink: tensors } });
          await walk(test, ['sink'], steps, () => {
            const used = test.buffers().flatMap(({ sequence }) => [sequence, sequence + 1, sequence + 2]);
            assertBooks(test, new Set(used).size);
          });
        }),
        RUNS,
      );
    });
  }

  for (const rate of [25, 80]) {
    it(`are in flight in resample until they stand for a point or are dropped: ${rate} points a second`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const test = await testElement(resample, { props: { rate }, caps: { sink: plain } });
          await walk(test, ['sink'], steps, () => assertBooks(test, new Set(test.buffers().map(({ sequence }) => sequence)).size));
        }),
        RUNS,
      );
    });
  }

  for (const props of [
    { maxWaitMs: null, idleMs: 0 },
    { maxWaitMs: 15, maxSize: 3 },
    { maxWaitMs: 0 },
    { maxPerSource: 3, maxWaitMs: 25 },
  ]) {
    it(`are in flight in a stream-mux until they are in a batch: ${JSON.stringify(props)}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const test = await testElement(streamMux, { props, caps: { sink_0: plain, sink_1: plain } });
          const batched = () => test.buffers().reduce((all, { value }) => all + (value as StreamBatch).slots.length, 0);
          await walk(test, ['sink_0', 'sink_1'], steps, () => assertBooks(test, batched()));
        }),
        RUNS,
      );
    });
  }

  for (const props of [{ maxInQueue: 2 }, { maxInQueue: 0, maxInFlight: 2 }, { onFull: 'block' as const }]) {
    it(`are in flight in a flow-limiter until they leave or are dropped: ${JSON.stringify(props)}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const caps = { sink: plain, sink_0: plain, finished: plain };
          const test = await testElement(flowLimiter, { props, caps });
          let answers = 0;
          const given = (pad: string) => {
            if (pad === 'finished') answers++;
            return { payload: new Uint8Array(4) };
          };
          const look = (): void => assertBooks(test, test.buffers().length + test.buffers('src_0').length + answers);
          await walk(test, Object.keys(caps), steps, look, given);
        }),
        RUNS,
      );
    });
  }

  for (const onFull of ['block', 'dropOldest'] as const) {
    it(`are in flight in crop-by-boxes until they have led to a crop or are dropped: ${onFull}`, async () => {
      const [frames] = caps('video/raw', { format: 'RGB', width: 8, height: 8 });
      const props = { width: 4, height: 4, maxPending: 3, onFull, holdMs: 60 };
      const payload = new Uint8Array(frameLayout('RGB', 8, 8).bytes);
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const test = await testElement(cropByBoxes, { props, caps: { sink: frames, boxes: found } });
          const look = (): void => {
            const crops = test.buffers();
            const cut = new Set(crops.map(({ meta }) => meta.object!.framePts));
            assertBooks(test, cut.size + new Set(crops.map(({ pts }) => pts)).size);
          };
          await walk(test, ['sink', 'boxes'], steps, look, (pad) => (pad === 'sink' ? { payload } : { value: detected }));
        }),
        RUNS,
      );
    });
  }

  for (const maxWaitMs of [null, 15]) {
    it(`are in flight in attach-classes until they are together or dropped: maxWaitMs ${maxWaitMs}`, async () => {
      const object = { detection: ONE, of: { sequence: 0, nth: 0 }, item: 0, slot: 0, slots: 1, framePts: 0, frameSequence: 0 };
      const classes = { meta: { object }, value: { items: [{ classId: 0, label: 'cat', score: 1 }] } };
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const props = { maxWaitMs, maxPending: 3 };
          const test = await testElement(attachClasses, { props, caps: { sink: found, classes: caps('classifications')[0] } });
          const look = (): void => {
            const sent = test.buffers();
            const together = sent.filter(({ value }) => (value as DetectionSet).items[0]!.classes !== undefined);
            assertBooks(test, sent.length + together.length);
          };
          await walk(test, ['sink', 'classes'], steps, look, (pad) => (pad === 'sink' ? { value: detected, sequence: 0 } : classes));
        }),
        RUNS,
      );
    });
  }

  const frames = 'video-test-source width=16 height=16 count=64';
  const tensors = 'letterbox width=16 height=16 ! caps-filter caps="tensor(dtype=float32, layout=CHW)"';
  for (const gathering of [
    `${frames} ! stream-mux maxPerSource=32 maxSize=32 maxWaitMs=null idleMs=0 ! fake-sink`,
    `${frames} ! ${tensors} ! tensor-aggregate framesIn=3 framesOut=96 ! fake-sink`,
  ]) {
    it(`are as many as it takes, whatever the pools before their element hold: ${gathering.split(' ! ').at(-2)}`, async () => {
      const { graph } = await checkGraph({ launch: gathering });
      const arena = Arena.create();
      const { elements } = await createPipeline(graph!, { arena, clock: new ManualClock(0) }).run();
      assert.equal(elements.at(-1)!.received, 2);
      assertAllReturned(arena);
    });
  }
});

/** @param used How many buffers are part of what has left. */
function assertBooks(test: ElementTest, used: number): void {
  const { received, handled, inFlight, dropped } = test.pipeline.summary().elements.find(({ name }) => !/^(feed|catch)-/.test(name))!;
  const lost = Object.values(dropped).reduce((all, one) => all + one, 0);
  assert.equal(handled, used, 'handled is what is part of something that has left');
  assert.equal(inFlight, received - used - lost);
}
