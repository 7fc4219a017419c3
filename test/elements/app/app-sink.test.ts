import assert from 'node:assert/strict';
import { anyMedia, sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import type { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import type { AppSink } from '../../../src/elements/app/app-reader.ts';
import { appSink } from '../../../src/elements/app/app-sink.ts';
import { scriptedSource } from '../../support/probe.ts';
import { settled, testPipeline } from '../../support/test-pipeline.ts';
import { filter } from '../../support/tiny-element.ts';

const PADS = { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) };

async function read(count: number, props: Record<string, unknown> = {}, failAt = -1) {
  let made = 0;
  const pass = (buffer: StreamBuffer): StreamBuffer => {
    if (buffer.sequence === failAt) throw new Error('broken');
    return buffer;
  };
  const middle = filter('middle', pass, { pads: PADS });
  const test = testPipeline(
    [
      scriptedSource(
        'source',
        Array.from({ length: count }, () => ({})),
        { slabBytes: 64, before: () => void made++ },
      ),
      middle,
      appSink,
    ],
    {
      elements: { 'app-sink': { props } },
      links: ['source ! middle ! app-sink'],
    },
  );
  await test.pipeline.open();
  return { ...test, sink: test.pipeline.resource<AppSink>('app-sink'), made: () => made };
}

describe('app-sink', () => {
  describe('data', () => {
    it('is iterated over to the end', async () => {
      const { pipeline, sink, assertClean } = await read(10);
      const run = pipeline.run();
      const steps: number[] = [];
      for await (const buffer of sink) steps.push(buffer.pts / 10_000);
      await run;
      assert.deepEqual(steps, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      assertClean();
    });

    it('keeps each buffer valid until the next is asked for', async () => {
      const { pipeline, sink, arena, assertClean } = await read(3, { maxBuffers: 1 });
      const run = pipeline.run();
      const iterator = sink[Symbol.asyncIterator]();
      const first = await iterator.next();
      await settled();
      assert.equal(first.value.slab.references, 1);
      const kept = first.value.retain();
      const second = await iterator.next();
      assert.equal(first.value.slab.references, 1, 'what the program has retained');
      kept.release();
      assert.equal(first.value.slab.references, 0);
      assert.equal(second.value.slab.references, 1);
      await iterator.next();
      assert.deepEqual(await iterator.next(), { done: true, value: undefined });
      assert.deepEqual(await iterator.next(), { done: true, value: undefined });
      await run;
      assert.equal(arena.statistics.slabsInUse, 0);
      assertClean();
    });

    it('calls back for each buffer and waits for what comes of it', async () => {
      const { pipeline, sink, made, assertClean } = await read(8, { maxBuffers: 1 });
      const steps: number[] = [];
      let release = (): void => {};
      sink.onBuffer(({ pts }) => {
        steps.push(pts / 10_000);
        return new Promise((resolve) => (release = resolve));
      });
      const run = pipeline.run();
      await settled();
      assert.deepEqual([steps.length, made()], [1, 3]);
      for (let index = 0; index < 8; index++) {
        release();
        await settled(3);
      }
      await run;
      assert.deepEqual(steps, [0, 1, 2, 3, 4, 5, 6, 7]);
      assertClean();
    });
  });

  describe('negotiation', () => {
    it('asks for what the program takes', async () => {
      const { pipeline } = await read(1, { caps: 'video/raw' });
      await assert.rejects(pipeline.run(), /test does not fit video\/raw/);
    });
  });

  describe('backpressure', () => {
    it('holds the graph back until the program reads', async () => {
      const { pipeline, sink, made, assertClean } = await read(10, { maxBuffers: 2 });
      const run = pipeline.run();
      await settled();
      assert.equal(made(), 4, 'one offered, two in the queue, one that waits');
      let count = 0;
      for await (const _ of sink) count++;
      await run;
      assert.equal(count, 10);
      assertClean();
    });

    it('drops the oldest and counts them, where it is told to', async () => {
      const { pipeline, sink, assertClean } = await read(10, { maxBuffers: 2, onFull: 'dropOldest' });
      const run = pipeline.run();
      await settled();
      const steps: number[] = [];
      for await (const { pts } of sink) steps.push(pts / 10_000);
      const { elements } = await run;
      assert.deepEqual(steps, [0, 8, 9]);
      assert.deepEqual(elements.at(-1)!.dropped, { overflow: 7 });
      assertClean();
    });
  });

  describe('eos and flush', () => {
    it('lets the graph go on when the program stops reading, and says how much it has missed', async () => {
      const { pipeline, sink, assertClean } = await read(10);
      const run = pipeline.run();
      for await (const { pts } of sink) if (pts === 20_000) break;
      const { elements } = await run;
      assert.equal(sink.unread, 7);
      assert.deepEqual(elements.at(-1)!.notes, { unread: 7 });
      assertClean();
    });

    it('ends a second time for a pipeline that is run again', async () => {
      const { pipeline, sink } = await read(2);
      const run = pipeline.run();
      for await (const _ of sink);
      await run;
      await pipeline.open();
      const again = pipeline.resource<AppSink>('app-sink');
      const second = pipeline.run();
      let count = 0;
      for await (const _ of again) count++;
      await second;
      assert.equal(count, 2);
    });
  });

  describe('errors', () => {
    it('throws into the iteration what the graph failed of', async () => {
      const { pipeline, sink, assertClean } = await read(10, {}, 3);
      const run = pipeline.run();
      run.catch(() => {});
      await assert.rejects(
        async () => {
          for await (const _ of sink);
        },
        { element: 'middle', message: /broken/ },
      );
      await assert.rejects(run, { element: 'middle' });
      assertClean();
    });

    it('fails when the callback does', async () => {
      const { pipeline, sink, assertClean } = await read(3);
      sink.onBuffer(() => {
        throw new Error('not today');
      });
      await assert.rejects(pipeline.run(), { element: 'app-sink', message: /not today/ });
      assertClean();
    });

    it('refuses a second reader and a second question', async () => {
      const { pipeline, sink } = await read(3);
      const iterator = sink[Symbol.asyncIterator]();
      assert.throws(() => sink[Symbol.asyncIterator](), { code: 'app/read-already', message: /being iterated over already; put a tee/ });
      assert.throws(() => sink.onBuffer(() => {}), { code: 'app/read-already' });
      const first = iterator.next();
      await assert.rejects(iterator.next(), { code: 'app/read-already', message: /await it first/ });
      const run = pipeline.run();
      await first;
      await iterator.return!();
      await run;
    });

    it('lets the graph be aborted while a buffer waits for the program', async () => {
      const { pipeline, sink, assertClean } = await read(10);
      const run = pipeline.run();
      await settled();
      pipeline.abort();
      await assert.rejects(run, { code: 'pipeline/aborted' });
      await assert.rejects(sink[Symbol.asyncIterator]().next(), { code: 'pipeline/aborted' });
      assertClean();
    });
  });
});
