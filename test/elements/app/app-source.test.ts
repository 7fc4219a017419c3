import assert from 'node:assert/strict';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import type { AppSource } from '../../../src/elements/app/app-feed.ts';
import { appSource } from '../../../src/elements/app/app-source.ts';
import { makeBuffer } from '../../support/make-buffer.ts';
import { probe, type Seen, stepsOf } from '../../support/probe.ts';
import { settled, testPipeline } from '../../support/test-pipeline.ts';

async function fed(props: Record<string, unknown> = {}, hold?: () => void | Promise<void>) {
  const seen: Seen[] = [];
  const test = testPipeline([appSource, probe('sink', seen, hold)], {
    elements: { 'app-source': { props } },
    links: ['app-source ! sink'],
  });
  await test.pipeline.open();
  return { ...test, seen, source: test.pipeline.resource<AppSource>('app-source') };
}

/** Keeps a sink busy until it is let go on. */
function gate() {
  let isOpen = false;
  let release = (): void => {};
  return {
    hold: (): void | Promise<void> => (isOpen ? undefined : new Promise((resolve) => (release = resolve))),
    open: () => {
      isOpen = true;
      release();
    },
  };
}

const FRAME = 'video/raw(format=RGB, width=2, height=2)';

describe('app-source', () => {
  describe('data', () => {
    it('hands on buffers as they are', async () => {
      const { pipeline, source, seen, arena, assertClean } = await fed({ caps: 'test' });
      const run = pipeline.run();
      for (const pts of [0, 10_000]) await source.push(makeBuffer(pts, { source: '', slabs: [arena.allocate(64)] }));
      source.end();
      await run;
      assert.deepEqual(stepsOf(seen), ['0', '1']);
      assert.deepEqual(
        seen.map(({ source: name }) => name),
        ['app-source', 'app-source'],
      );
      assertClean();
    });

    it('copies bytes, so that the program may change them at once', async () => {
      let copied: readonly number[] = [];
      const { pipeline, source, seen, arena, assertClean } = await fed({}, () => {
        const last = seen.at(-1)!;
        if (last.type === 'buffer') copied = [...arena.bytes(last.buffer.slab.offset, last.buffer.bytes)];
      });
      const run = pipeline.run();
      const bytes = Uint8Array.of(1, 2, 3);
      const pushed = source.push(bytes, { pts: 0 });
      bytes.fill(9);
      await pushed;
      source.end();
      await run;
      assert.deepEqual(copied, [1, 2, 3]);
      assertClean();
    });

    it('lays the packed rows of a frame out as frames are laid out', async () => {
      const rows: number[][] = [];
      const { pipeline, source, seen, arena } = await fed({ caps: FRAME }, () => {
        const last = seen.at(-1)!;
        if (last.type !== 'buffer') return;
        for (const row of [0, 64]) rows.push([...arena.bytes(last.buffer.slab.offset + row, 6)]);
        assert.equal(last.buffer.bytes, 128);
      });
      const run = pipeline.run();
      const packed = Uint8Array.from({ length: 12 }, (_, index) => index);
      const aligned = new Uint8Array(128);
      aligned.set([1, 1, 1], 0);
      aligned.set([2, 2, 2], 64);
      await source.push(packed, { pts: 0 });
      await source.push(aligned, { pts: 1 });
      source.end();
      await run;
      assert.deepEqual(rows, [
        [0, 1, 2, 3, 4, 5],
        [6, 7, 8, 9, 10, 11],
        [1, 1, 1, 0, 0, 0],
        [2, 2, 2, 0, 0, 0],
      ]);
    });

    it('takes anything else as a value', async () => {
      const { pipeline, source, seen } = await fed({ caps: 'text' });
      const run = pipeline.run();
      await source.push('hello', { pts: 0, duration: 500, discont: true });
      source.end();
      await run;
      const [one] = seen;
      assert.ok(one!.type === 'buffer');
      const { value, duration, discont, caps } = one!.buffer;
      assert.deepEqual({ value, duration, discont, media: caps.media }, { value: 'hello', duration: 500, discont: true, media: 'text' });
    });

    it('says that frames of other caps follow', async () => {
      const { pipeline, source, seen } = await fed({ caps: 'test' });
      const run = pipeline.run();
      const caps = { media: 'test', fields: { size: 2 } };
      for (const [index, init] of [{}, { caps }, { caps: { ...caps } }, {}].entries()) await source.push(makeBuffer(index, init));
      source.end();
      await run;
      assert.deepEqual(
        seen.map((one) => one.type === 'buffer' && one.caps.fields),
        [{}, { size: 2 }, { size: 2 }, {}],
      );
    });
  });

  describe('timing', () => {
    it('stamps what comes without pts with the time since the first', async () => {
      const { pipeline, source, seen, clock } = await fed({ caps: 'text' });
      const run = pipeline.run();
      await source.push('a');
      clock.advanceBy(70_000);
      await source.push('b');
      source.end();
      await run;
      assert.deepEqual(
        seen.map(({ pts }) => pts),
        [0, 70_000],
      );
    });
  });

  describe('backpressure', () => {
    it('accepts as many as it holds, and the next when there is room', async () => {
      const { hold, open } = gate();
      const { pipeline, source, seen } = await fed({ caps: 'text', maxBuffers: 2 }, hold);
      const run = pipeline.run();
      await settled();
      assert.equal(source.room, 2);
      const accepted: number[] = [];
      for (let index = 0; index < 5; index++) void source.push(index, { pts: index }).then(() => accepted.push(index));
      await settled();
      assert.deepEqual(accepted, [0, 1, 2], 'one at the sink, two held');
      assert.equal(source.room, 0);
      open();
      source.end();
      await run;
      assert.deepEqual(accepted, [0, 1, 2, 3, 4]);
      assert.equal(seen.length, 5);
    });

    it('may be filled before the pipeline plays', async () => {
      const { pipeline, source, seen } = await fed({ caps: 'text' });
      await source.push('early', { pts: 0 });
      source.end();
      await pipeline.run();
      assert.equal(seen.length, 1);
    });

    it('complains when nobody can be awaiting', async () => {
      const { pipeline, source } = await fed({ caps: 'text', maxBuffers: 1 });
      for (let index = 0; index < 1025; index++) source.push(index, { pts: index }).catch(() => {});
      await assert.rejects(source.push('more', { pts: 2000 }), { code: 'app/not-awaited' });
      await pipeline.close();
    });
  });

  describe('eos and flush', () => {
    it('refuses what is pushed after the end', async () => {
      const { pipeline, source } = await fed({ caps: 'text' });
      source.end();
      source.end();
      await assert.rejects(source.push('late', { pts: 0 }), {
        code: 'app/ended',
        message: 'Cannot push to app-source: its end has been announced',
      });
      await pipeline.run();
      await assert.rejects(source.push('later', { pts: 0 }), { code: 'app/ended', message: /the pipeline has ended/ });
    });

    it('gives back what it holds, and answers whoever waits, when the pipeline is stopped', async () => {
      const { hold, open } = gate();
      const { pipeline, source, arena, assertClean } = await fed({ maxBuffers: 1 }, hold);
      const run = pipeline.run();
      await settled();
      const pushes = [0, 1, 2].map((pts) => source.push(Uint8Array.of(1), { pts }));
      const outcomes = Promise.allSettled(pushes);
      await settled();
      pipeline.stop();
      open();
      const { elements } = await run;
      assert.deepEqual(
        (await outcomes).map(({ status }) => status),
        ['fulfilled', 'fulfilled', 'rejected'],
      );
      assert.deepEqual(elements[0]!.dropped, { flushing: 2 });
      assert.equal(arena.statistics.slabsInUse, 0);
      assertClean();
    });

    it('feeds a pipeline that is run again through a new handle', async () => {
      const { pipeline, source, seen } = await fed({ caps: 'text' });
      source.end();
      await pipeline.run();
      await pipeline.open();
      const again = pipeline.resource<AppSource>('app-source');
      assert.notEqual(again, source);
      await again.push('x', { pts: 0 });
      again.end();
      await pipeline.run();
      assert.equal(seen.length, 1);
    });
  });

  describe('errors', () => {
    it('names the bytes that a frame or a tensor wants', async () => {
      const frame = await fed({ caps: FRAME });
      await assert.rejects(frame.source.push(new Uint8Array(13), { pts: 0 }), {
        code: 'app/wrong-size',
        message:
          /expected 12 bytes for video\/raw\(format=RGB, width=2, height=2\) with its rows packed, or 128 with them aligned, found 13/,
      });
      const tensor = await fed({ caps: 'tensor(dtype=float32, shape=3x2)' });
      await assert.rejects(tensor.source.push(new Uint8Array(23), { pts: 0 }), { code: 'app/wrong-size', message: /expected 24 bytes/ });
      await tensor.source.push(new Float32Array(6), { pts: 0 });
      for (const { pipeline, assertClean } of [frame, tensor]) {
        await pipeline.close();
        assertClean();
      }
    });

    it('refuses a pts that decreases, and goes on', async () => {
      const { pipeline, source, seen, assertClean } = await fed();
      const run = pipeline.run();
      await source.push(Uint8Array.of(1), { pts: 10 });
      await assert.rejects(source.push(Uint8Array.of(1), { pts: 9 }), {
        name: 'RangeError',
        message: /expected a pts of 10 or more.*found 9/,
      });
      await assert.rejects(source.push(Uint8Array.of(1), { pts: 10.5 }), { name: 'RangeError' });
      await source.push(new StreamBuffer({ caps: source.caps, pts: 10 }));
      source.end();
      await run;
      assert.equal(seen.length, 2);
      assertClean();
    });
  });
});
