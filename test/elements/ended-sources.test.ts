// What elements keep of a source goes with its end: cameras and files come and go, and there is no end of their names.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { caps } from '../../src/core/caps/caps.ts';
import type { AnyElementDefinition } from '../../src/core/element/define-element.ts';
import { StreamBuffer } from '../../src/core/stream/buffer.ts';
import { StreamEnds } from '../../src/core/thread/stream-ends.ts';
import { SyncGate } from '../../src/core/time/sync-gate.ts';
import { drawDetections } from '../../src/elements/draw/draw-detections.ts';
import { decimate } from '../../src/elements/flow/decimate.ts';
import { pace } from '../../src/elements/flow/pace.ts';
import { resample } from '../../src/elements/flow/resample.ts';
import { throttle } from '../../src/elements/flow/throttle.ts';
import { tensorAggregate } from '../../src/elements/fusion/tensor-aggregate.ts';
import { imageFileSink } from '../../src/elements/sinks/image-file-sink.ts';
import { record } from '../../src/elements/sinks/record.ts';
import type { DetectionPairing } from '../../src/media/detection/detection-pairing.ts';
import { frameLayout } from '../../src/media/frame-layout.ts';
import { ElementTest, type ElementTestOptions } from '../../src/testing/test-element.ts';
import { testCaps } from '../support/make-buffer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const [video] = caps('video/raw', { format: 'RGB', width: 8, height: 8 });
const payload = new Uint8Array(frameLayout('RGB', 8, 8).bytes);
const SOURCES = 20;

/** The sizes of the maps and sets in what an element has opened. */
function sizesIn(resource: object): number[] {
  return Object.values(resource).flatMap((one) => (one instanceof Map || one instanceof Set ? [one.size] : []));
}

/** Runs an element through many sources, each of which begins, gives something and ends; gives what it had opened. */
async function through(
  definition: unknown,
  options: ElementTestOptions,
  give: (test: ElementTest, source: string, index: number) => Promise<unknown>,
  look: (resource: object) => void,
): Promise<void> {
  let opened: object = {};
  const own = definition as AnyElementDefinition;
  const watched = {
    ...own,
    open: async (context: never) => {
      const resource = await own.open?.(context);
      opened = (resource as object | undefined) ?? {};
      return resource;
    },
  } as AnyElementDefinition;
  const test = await new ElementTest(watched, options).start();
  const pads = Object.keys(options.caps!);
  for (let index = 0; index < SOURCES; index++) {
    const source = `camera${index}`;
    for (const pad of pads) await test.event({ type: 'stream-start', source, epoch: 0 }, pad);
    await give(test, source, index);
    await test.settled();
    for (const pad of pads) await test.event({ type: 'source-end', source, epoch: 0 }, pad);
  }
  await test.end();
  look(opened);
}

const forgotten = (resource: object): void => assert.deepEqual(new Set(sizesIn(resource)), new Set([0]));

describe('what is kept of a source goes with its end', function () {
  this.timeout(60_000);
  const at = temporaryFolder();
  const give = (test: ElementTest, source: string, index: number) => test.push({ source, pts: index * 10 });

  it('in throttle, decimate and pace', async () => {
    for (const element of [throttle, decimate, pace]) await through(element, { caps: { sink: testCaps } }, give, forgotten);
  });

  it('so that one which begins anew is taken as new', async () => {
    const kept = async (element: unknown, props: Record<string, unknown>): Promise<number[]> => {
      const test = await new ElementTest(element as AnyElementDefinition, { caps: { sink: testCaps }, props }).start();
      await test.push({ pts: 0, source: 'a' });
      await test.push({ pts: 1, source: 'a' });
      await test.event({ type: 'source-end', source: 'a', epoch: 0 });
      await test.push({ pts: 2, source: 'a' });
      const pts = test.buffers().map((one) => one.pts);
      await test.end();
      return pts;
    };
    assert.deepEqual(await kept(throttle, { intervalMs: 1000 }), [0, 2], 'upstream, too, which had been told what would not pass');
    assert.deepEqual(await kept(decimate, { every: 5 }), [0, 2]);
  });

  it('in image-file-sink', async () => {
    const options = { caps: { sink: video }, props: { path: at('%03d.png'), every: 2 } };
    await through(imageFileSink, options, (test, source, index) => test.push({ source, pts: index * 10, payload }), forgotten);
    assert.equal(readdirSync(at()).length, SOURCES);
  });

  it('in record', async () => {
    const options = { caps: { sink: testCaps }, props: { path: at('it.leat') } };
    await through(record, options, (test, source, index) => test.push({ source, pts: index * 10, meta: { recordedAt: index } }), forgotten);
  });

  it('in draw-detections, whose frames wait no longer for detections of a source that gives none any more', async () => {
    const both = { caps: { video, detections: caps('detections')[0] }, props: { labels: false } };
    const items = [{ box: [0, 0, 4, 4], score: 1, classId: 0, label: 'it' }];
    await through(
      drawDetections,
      both,
      async (test, source, index) => {
        await test.push({ source, pts: index * 10, value: { width: 8, height: 8, items } }, 'detections');
        await test.push({ source, pts: index * 10, payload }, 'video');
      },
      (resource) => assert.equal((resource as { pairing: DetectionPairing }).pairing.sourceCount, 0),
    );
    const test = await new ElementTest(drawDetections as unknown as AnyElementDefinition, both).start();
    for (const pad of ['video', 'detections']) await test.event({ type: 'stream-start', source: 'a', epoch: 0 }, pad);
    await test.push({ source: 'a', pts: 0, value: { width: 8, height: 8, items } }, 'detections');
    await test.push({ source: 'a', pts: 0, payload }, 'video');
    void test.push({ source: 'a', pts: 10, payload }, 'video');
    await test.settled();
    assert.equal(test.buffers().length, 1);
    await test.event({ type: 'source-end', source: 'a', epoch: 0 }, 'detections');
    assert.equal(test.buffers().length, 2);
    await test.end();
  });

  it('in resample and tensor-aggregate, with its slabs', async () => {
    const tensors = caps('tensor', { dtype: 'uint8', shape: [1, 8] })[0];
    for (const [element, own] of [
      [resample, testCaps],
      [tensorAggregate, tensors],
    ] as const) {
      const test = await new ElementTest(element as unknown as AnyElementDefinition, { caps: { sink: own } }).start();
      const before = test.arena.statistics.slabsInUse;
      for (let index = 0; index < SOURCES; index++) {
        await test.push({ source: `camera${index}`, pts: index * 10, payload: new Uint8Array(8) });
        await test.event({ type: 'source-end', source: `camera${index}`, epoch: 0 });
      }
      await test.settled();
      assert.equal(test.arena.statistics.slabsInUse, before + test.buffers().length, element.name);
      await test.end();
    }
  });

  it('where times of sources are kept to the clock, and where streams end in a thread', () => {
    const gate = new SyncGate('it', {} as never, {} as never, new AbortController().signal);
    const ends = new StreamEnds();
    for (let index = 0; index < SOURCES; index++) {
      const source = `camera${index}`;
      gate.segment({ type: 'segment', source, start: 0, base: 0 });
      gate.forget(source);
      ends.note({ type: 'stream-start', source, epoch: 0 });
      ends.note(
        new StreamBuffer({ caps: testCaps, pts: 0, source, meta: { parts: [{ stream: 0, pts: 0, duration: 1, source, epoch: 0 }] } }),
      );
      ends.note({ type: 'source-end', source, epoch: 0 });
    }
    for (const one of [gate, ends]) forgotten(one);
  });
});
