import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { openVideoFile, probeVideoFile } from '../../../src/media/reader/open-media.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { Pool } from '../../../src/memory/pool.ts';
import { makeClip, readFrames, temporaryFolder } from '../clip.ts';

const SHAPES = 'media/shapes.mp4';

const steady = (count: number) => Array.from({ length: count }, (_, i) => [i, i * 40_000]);

describe('video decoder', () => {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder, name);
  let arena: Arena;

  beforeEach(() => {
    arena = Arena.create();
  });

  afterEach(() => {
    assert.equal(arena.statistics.slabsInUse, 0, 'every slab is back');
  });

  describe('data', () => {
    it('describes a file without decoding it', async () => {
      const info = await probeVideoFile(SHAPES);
      assert.deepEqual(info, {
        width: 640,
        height: 360,
        codedFormat: 'yuv420p',
        format: 'I420',
        frameRate: 25,
        durationUs: 12_000_000,
        frameCount: 300,
        codec: 'h264',
        container: 'mov,mp4,m4a,3gp,3g2,mj2',
        rotation: 0,
        matrix: 'bt709',
        range: 'limited',
        pixelAspect: 1,
      });
    });

    it('gives the pixels that were encoded, but for the codec’s loss', async () => {
      const { path } = await makeClip(at('pixels.mp4'), { frames: 3, quality: 1, width: 320, height: 96 });
      const decoder = await openVideoFile(path, { arena });
      for (let index = 0; index < 3; index++) {
        const frame = await decoder.next();
        assert.ok(frame !== undefined);
        const [luma, u, v] = frame.layout.planes;
        for (const [x, y] of [
          [200, 10],
          [300, 90],
          [17, 55],
        ] as const) {
          const value = arena.bytes(frame.slab.offset + luma!.offset + y * luma!.stride + x, 1)[0]!;
          const drawn = 48 + ((x + y + 2 * index) % 128);
          assert.ok(Math.abs(value - drawn) <= 3, `luma at ${x},${y} of frame ${index}: ${value} for ${drawn}`);
        }
        const colour = [u!, v!].map((plane) => arena.bytes(frame.slab.offset + plane.offset + 20 * plane.stride + 20, 1)[0]!);
        assert.ok(Math.abs(colour[0]! - 90) <= 2 && Math.abs(colour[1]! - 160) <= 2, `chroma ${colour}`);
        frame.slab.release();
      }
      await decoder.close();
    });

    it('gives frames of another size after a change in mid-stream, with their layout and info', async () => {
      await makeClip(at('small.ts'), { frames: 6, width: 192, height: 96 });
      await makeClip(at('large.ts'), { frames: 6, width: 320, height: 240, time: (i) => (i + 6) * 40_000 });
      writeFileSync(at('both.ts'), Buffer.concat([readFileSync(at('small.ts')), readFileSync(at('large.ts'))]));
      const decoder = await openVideoFile(at('both.ts'), { arena, maxFrames: 3 });
      const sizes: string[] = [];
      for (let frame = await decoder.next(); frame !== undefined; frame = await decoder.next()) {
        assert.deepEqual([frame.layout.width, frame.layout.height], [frame.info.width, frame.info.height]);
        assert.ok(frame.slab.bytes >= frame.layout.bytes);
        sizes.push(`${frame.info.width}×${frame.info.height}`);
        frame.slab.release();
      }
      await decoder.close();
      assert.deepEqual(sizes, [...Array(6).fill('192×96'), ...Array(6).fill('320×240')]);
    });

    it('forgets what it was told of frames that are over, however often their size changes', async () => {
      await makeClip(at('narrow.ts'), { frames: 2, width: 192, height: 96 });
      await makeClip(at('wide.ts'), { frames: 2, width: 256, height: 96, time: (i) => (i + 2) * 40_000 });
      writeFileSync(at('turns.ts'), Buffer.concat([readFileSync(at('narrow.ts')), readFileSync(at('wide.ts'))]));
      const decoder = await openVideoFile(at('turns.ts'), { arena, maxFrames: 3, loop: true });
      const seen = await readFrames(arena, decoder, 80);
      assert.deepEqual([seen[76]?.width, seen[79]?.width], [192, 256]);
      await decoder.close();
      const { size } = Reflect.get(decoder, 'described') as { size: number };
      assert.ok(size <= 6, `remembers ${size}, for at most 3 frames on their way`);
    });
  });

  describe('timing', () => {
    it('gives every frame once, in order, at its exact time', async () => {
      const decoder = await openVideoFile(SHAPES, { arena });
      const seen = await readFrames(arena, decoder);
      await decoder.close();
      assert.deepEqual(
        seen.map((frame) => frame.ptsUs),
        steady(300).map(([, pts]) => pts),
      );
      assert.deepEqual(decoder.statistics, { frames: 300, corruptFrames: 0, corruptPackets: 0, overruns: 0 });
    });

    it('keeps uneven times to the microsecond in MP4', async () => {
      const time = (index: number) => index * 33_367 + (index % 3) * 7919 + (index > 9 ? 1_234_567 : 0);
      const { path } = await makeClip(at('uneven.mp4'), { frames: 30, time, preset: 'medium' });
      const decoder = await openVideoFile(path, { arena });
      const seen = await readFrames(arena, decoder);
      await decoder.close();
      assert.deepEqual(
        seen.map(({ number, ptsUs }) => [number, ptsUs]),
        Array.from({ length: 30 }, (_, i) => [i, time(i)]),
      );
    });

    it('counts from the container’s start, however late that is', async () => {
      const { path } = await makeClip(at('late.ts'), { frames: 4, time: (i) => 3_600_000_000 + i * 40_000 });
      const decoder = await openVideoFile(path, { arena });
      assert.deepEqual(
        (await readFrames(arena, decoder)).map(({ ptsUs }) => ptsUs),
        [0, 40_000, 80_000, 120_000],
      );
      await decoder.close();
    });

    for (const [name, codec] of [
      ['loop.mp4', 'h264'],
      ['loop.mkv', 'h264'],
      ['loop.ts', 'h264'],
      ['loop.webm', 'vp9'],
      ['loop.avi', 'mpeg4'],
    ] as const) {
      it(`plays ${name} over and over, with times that rise on and a new epoch each time`, async () => {
        const { path } = await makeClip(at(name), { codec, frames: 12 });
        const decoder = await openVideoFile(path, { arena, loop: 3 });
        const seen = await readFrames(arena, decoder);
        await decoder.close();
        assert.deepEqual(
          seen.map(({ number, ptsUs, epoch }) => [number, ptsUs, epoch]),
          Array.from({ length: 36 }, (_, i) => [i % 12, i * 40_000, Math.floor(i / 12)]),
        );
      });
    }

    it('plays for ever when told to', async () => {
      const { path } = await makeClip(at('ever.mp4'), { frames: 5 });
      const decoder = await openVideoFile(path, { arena, loop: true });
      const seen = await readFrames(arena, decoder, 203);
      await decoder.close();
      assert.equal(seen.length, 203);
      assert.deepEqual([seen.at(-1)?.number, seen.at(-1)?.epoch, seen.at(-1)?.ptsUs], [2, 40, 202 * 40_000]);
    });
  });

  describe('backpressure', () => {
    it('decodes no further ahead than told, and gives what is ready at once', async () => {
      const pool = Pool.create(arena, { name: 'frames', slabBytes: 640 * 360 * 2, limit: 10 });
      const decoder = await openVideoFile(SHAPES, { arena, pool, framesAhead: 3 });
      const first = await decoder.next();
      first?.slab.release();
      // Three in the ring, and the one that the thread has finished and cannot hand over yet.
      await until(() => pool.inUse >= 3);
      const second = decoder.next();
      assert.ok(!(second instanceof Promise), 'no promise where a frame is ready');
      second?.slab.release();
      await readFrames(arena, decoder);
      assert.ok(pool.highWater <= 5, `${pool.highWater} slabs`);
      await decoder.close();
      pool.assertAllReturned();
      pool.close();
    });

    it('waits for slabs to come back, and loses no frame by it', async () => {
      const { path } = await makeClip(at('wait.mp4'), { frames: 24 });
      const decoder = await openVideoFile(path, { arena, maxFrames: 3 });
      const numbers: number[] = [];
      const held: { release(): void }[] = [];
      for (let frame = await decoder.next(); frame !== undefined; frame = await decoder.next()) {
        numbers.push(frame.ptsUs / 40_000);
        held.push(frame.slab);
        if (held.length === 3) for (const slab of held.splice(0)) slab.release();
      }
      for (const slab of held) slab.release();
      await decoder.close();
      assert.deepEqual(
        numbers,
        steady(24).map(([i]) => i),
      );
    });

    it('takes larger slabs of its own when those of a given pool are too small', async () => {
      const pool = Pool.create(arena, { name: 'too small', slabBytes: 1000, limit: 2 });
      const decoder = await openVideoFile(SHAPES, { arena, pool });
      assert.equal((await readFrames(arena, decoder, 5)).length, 5);
      assert.notEqual(decoder.pool, pool);
      assert.equal(pool.highWater, 0);
      await decoder.close();
      pool.close();
    });
  });

  describe('eos and close', () => {
    it('stays at its end', async () => {
      const { path } = await makeClip(at('end.mp4'), { frames: 2 });
      const decoder = await openVideoFile(path, { arena });
      await readFrames(arena, decoder);
      assert.equal(await decoder.next(), undefined);
      assert.equal(await decoder.next(), undefined);
      await decoder.close();
      await decoder.close();
      assert.equal(await decoder.next(), undefined);
    });

    for (const taken of [0, 1, 7]) {
      it(`closes after ${taken} frames while its thread waits for slabs, and keeps none`, async () => {
        const decoder = await openVideoFile(SHAPES, { arena, maxFrames: 4, loop: true });
        await readFrames(arena, decoder, taken);
        if (taken > 0) await until(() => decoder.pool?.inUse === 4);
        await decoder.close();
        decoder.pool?.assertAllReturned();
      });
    }

    it('ends a waiting reader when closed', async () => {
      const decoder = await openVideoFile(SHAPES, { arena, maxFrames: 1, loop: true });
      const frame = await decoder.next();
      const waiting = decoder.next();
      assert.ok(waiting instanceof Promise);
      await decoder.close();
      assert.equal(await waiting, undefined);
      frame?.slab.release();
    });

    it('rejects a waiting reader with the signal’s reason when aborted', async () => {
      const abort = new AbortController();
      const decoder = await openVideoFile(SHAPES, { arena, maxFrames: 1, signal: abort.signal });
      const frame = await decoder.next();
      const waiting = decoder.next() as Promise<unknown>;
      abort.abort(new Error('enough'));
      await assert.rejects(waiting, /enough/);
      await decoder.close();
      frame?.slab.release();
      await assert.rejects(openVideoFile(SHAPES, { arena, signal: abort.signal }), /enough/);
    });

    it('leaves frames valid that were taken before it was closed', async () => {
      const { path } = await makeClip(at('keep.mp4'), { frames: 3 });
      const decoder = await openVideoFile(path, { arena });
      const frame = await decoder.next();
      await decoder.close();
      assert.equal(frame?.slab.references, 1);
      frame?.slab.release();
    });

    it('refuses a second question before the first is answered', async () => {
      const decoder = await openVideoFile(SHAPES, { arena, maxFrames: 1 });
      const frame = await decoder.next();
      const waiting = decoder.next();
      assert.throws(() => decoder.next(), TypeError);
      frame?.slab.release();
      (await waiting)?.slab.release();
      await decoder.close();
    });

    it('opens and closes fifty times and leaves nothing behind', async function () {
      this.timeout(60_000);
      const { path } = await makeClip(at('fifty.mp4'), { frames: 6 });
      for (let i = 0; i < 50; i++) {
        const decoder = await openVideoFile(path, { arena, maxFrames: 3 });
        await readFrames(arena, decoder, i % 8);
        await decoder.close();
        assert.equal(arena.statistics.slabsInUse, 0, `round ${i}`);
      }
      // How many of one decoder's slabs are out at once depends on who is faster; that all of the fifty share them does not.
      const { slabsMade } = arena.statistics;
      assert.ok(slabsMade <= 3 + 1, `${slabsMade} slabs made`);
    });

    it('decodes several files at once into one arena', async () => {
      const clips = await Promise.all([20, 21, 22, 23].map((frames) => makeClip(at(`at-once-${frames}.mp4`), { frames })));
      const decoders = await Promise.all(clips.map(({ path }) => openVideoFile(path, { arena, maxFrames: 3 })));
      const seen = await Promise.all(decoders.map((decoder) => readFrames(arena, decoder)));
      await Promise.all(decoders.map((decoder) => decoder.close()));
      seen.forEach((frames, i) => {
        assert.deepEqual(
          frames.map(({ number, ptsUs }) => [number, ptsUs]),
          steady(20 + i),
        );
      });
    });

    it('lets the process end when it is forgotten at its end', async () => {
      const { path } = await makeClip(at('forgotten.mp4'), { frames: 2 });
      const decoder = await openVideoFile(path, { arena });
      await readFrames(arena, decoder);
      // The thread is gone without a close: what is left is only the pool's word.
      await until(() => (decoder as unknown as { worker: { threadId: number } }).worker.threadId === -1);
      await decoder.close();
    });
  });

  describe('props', () => {
    it('refuses limits below one', async () => {
      await assert.rejects(openVideoFile(SHAPES, { arena, maxFrames: 0 }), RangeError);
      await assert.rejects(openVideoFile(SHAPES, { arena, framesAhead: 0 }), RangeError);
      await assert.rejects(openVideoFile(SHAPES, { arena, framesAhead: 1.5 }), RangeError);
      await assert.rejects(openVideoFile(SHAPES, { arena, loop: 0.5 }), RangeError);
      await assert.rejects(openVideoFile(SHAPES, { arena, threads: -1 }), RangeError);
    });

    it('decodes the same with several threads', async () => {
      const decoder = await openVideoFile(SHAPES, { arena, threads: 2 });
      assert.deepEqual(
        (await readFrames(arena, decoder)).map(({ ptsUs }) => ptsUs),
        steady(300).map(([, pts]) => pts),
      );
      await decoder.close();
    });
  });
});

/** Lets other threads and the event loop work until something holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((next) => setImmediate(next));
}
