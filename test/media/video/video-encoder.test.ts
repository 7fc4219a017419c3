import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { frameLayout, type VideoFormat } from '../../../src/media/frame-layout.ts';
import { MediaError } from '../../../src/media/media-error.ts';
import { openVideoFile, probeVideoFile } from '../../../src/media/reader/open-media.ts';
import { type CreateVideoOptions, createVideoFile } from '../../../src/media/video/video-encoder.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { Pool } from '../../../src/memory/pool.ts';
import { makeClip, readFrames, temporaryFolder } from '../clip.ts';
import { drawFrame } from '../draw-frame.ts';
import { needsFfmpeg, referenceTimes } from '../reference-ffmpeg.ts';

const KINDS = [
  ['clip.mp4', 'h264', 'libx264'],
  ['clip.mkv', 'h264', 'libx264'],
  ['clip.mov', 'hevc', 'libx265'],
  ['clip.webm', 'vp9', 'libvpx-vp9'],
  ['vp8.webm', 'vp8', 'libvpx'],
  ['av1.mkv', 'av1', 'libsvtav1'],
  ['clip.ts', 'h264', 'libx264'],
  ['clip.avi', 'mpeg4', 'mpeg4'],
  ['jpeg.avi', 'mjpeg', 'mjpeg'],
] as const;

describe('video encoder', () => {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder, name);
  const layout = frameLayout('I420', 192, 96);
  let arena: Arena;

  beforeEach(() => {
    arena = Arena.create();
  });

  afterEach(() => {
    assert.equal(arena.statistics.slabsInUse, 0, 'every slab is back');
  });

  const frame = (index: number) => {
    const slab = arena.allocate(layout.bytes);
    drawFrame(arena, slab, layout, index);
    return slab;
  };

  const refused = (path: string, code: string, text: RegExp, options: Partial<CreateVideoOptions> = {}) =>
    assert.rejects(createVideoFile(path, { arena, layout, ...options }), (error: unknown) => {
      assert.ok(error instanceof MediaError, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, text);
      return true;
    });

  describe('props', () => {
    it('takes H.264 by itself, and VP9 in WebM', async () => {
      for (const [name, codec, encoder] of [
        ['usual.mp4', 'h264', 'libx264'],
        ['usual.webm', 'vp9', 'libvpx-vp9'],
      ] as const) {
        const made = await createVideoFile(at(name), { arena, layout });
        assert.deepEqual([made.codec, made.encoder], [codec, encoder]);
        await made.abort();
      }
    });

    it('refuses numbers that mean nothing', async () => {
      const create = (options: Partial<CreateVideoOptions>) => createVideoFile(at('x.mp4'), { arena, layout, ...options });
      await assert.rejects(create({ quality: 52 }), RangeError);
      await assert.rejects(create({ maxPending: 0 }), RangeError);
      await assert.rejects(create({ frameRate: 0 }), RangeError);
    });

    it('makes smaller files of lower quality', async () => {
      const good = await makeClip(at('good.mp4'), { quality: 10, width: 320, height: 240 });
      const poor = await makeClip(at('poor.mp4'), { quality: 40, width: 320, height: 240 });
      assert.ok(poor.bytes < good.bytes * 0.7, `${poor.bytes} and ${good.bytes} bytes`);
    });

    it('sets key frames as often as told', async () => {
      const { path } = await makeClip(at('keys.mp4'), { frames: 20, keyInterval: 5 });
      const decoder = await openVideoFile(path, { arena });
      const keys = (await readFrames(arena, decoder)).filter(({ keyFrame }) => keyFrame).map(({ number }) => number);
      await decoder.close();
      assert.deepEqual(keys, [0, 5, 10, 15]);
    });
  });

  describe('data', () => {
    for (const [name, codec, encoder] of KINDS) {
      it(`writes ${codec} into ${name}, every frame at its time`, async () => {
        const written = await makeClip(at(name), { codec });
        assert.equal(written.frames, 20);
        assert.equal(written.bytes, statSync(written.path).size);
        const decoder = await openVideoFile(written.path, { arena });
        const seen = await readFrames(arena, decoder);
        await decoder.close();
        assert.deepEqual(
          seen.map(({ number, ptsUs }) => [number, ptsUs]),
          Array.from({ length: 20 }, (_, i) => [i, i * 40_000]),
        );
        assert.equal(decoder.video!.codec, codec);
        const encoders = await createVideoFile(at(`name-${name}`), { arena, layout, codec });
        assert.equal(encoders.encoder, encoder);
        await encoders.abort();
      });
    }

    // Flat frames of a colour whose values in each format are known; bt601, limited range: 81, 90, 240 is red.
    const RED: readonly (readonly [VideoFormat, readonly (readonly number[])[], readonly number[]])[] = [
      ['I420', [[81], [90], [240]], [81, 90, 240]],
      ['NV12', [[81], [90, 240]], [81, 90, 240]],
      ['RGB', [[255, 0, 0]], [81.5, 90.2, 240]],
      ['BGR', [[0, 0, 255]], [81.5, 90.2, 240]],
      ['RGBA', [[255, 0, 0, 255]], [81.5, 90.2, 240]],
      ['GRAY8', [[81]], [81, 128, 128]],
    ];

    for (const [format, planes, expected] of RED) {
      it(`encodes ${format} frames, in their colours`, async () => {
        const shape = frameLayout(format, 66, 50);
        const path = at(`red-${format}.mp4`);
        const encoder = await createVideoFile(path, { arena, layout: shape, matrix: 'bt601', quality: 1 });
        const slab = arena.allocate(shape.bytes);
        const bytes = arena.bytes(slab.offset, shape.bytes);
        shape.planes.forEach(({ offset, stride, rows }, p) => {
          for (let i = 0; i < stride * rows; i++) bytes[offset + i] = planes[p]![(i % stride) % planes[p]!.length]!;
        });
        for (let i = 0; i < 3; i++) await encoder.write(slab, i * 40_000);
        slab.release();
        await encoder.finish();
        const decoder = await openVideoFile(path, { arena });
        const seen = await decoder.next();
        assert.ok(seen !== undefined);
        const found = seen.layout.planes.map(
          ({ offset, stride, rows }) => arena.bytes(seen.slab.offset + offset + (rows >> 1) * stride, 20)[19]!,
        );
        seen.slab.release();
        await decoder.close();
        for (const [c, value] of found.entries()) assert.ok(Math.abs(value - expected[c]!) <= 2, `${found} for ${expected}`);
        assert.deepEqual([decoder.video!.matrix, decoder.video!.range], ['bt601', 'limited']);
      });
    }

    it('tags matrix and range, so that they come back', async () => {
      const { path } = await makeClip(at('tags.mp4'), { frames: 2, matrix: 'bt709', range: 'full' });
      const { matrix, range } = await probeVideoFile(path);
      assert.deepEqual([matrix, range], ['bt709', 'full']);
    });

    it('grows odd sizes by a copy of the last column and row', async () => {
      const { path } = await makeClip(at('odd.mp4'), { width: 171, height: 97, frames: 3, quality: 1 });
      const decoder = await openVideoFile(path, { arena });
      const seen = await decoder.next();
      assert.ok(seen !== undefined);
      assert.deepEqual([seen.layout.width, seen.layout.height], [172, 98]);
      const { offset, stride } = seen.layout.planes[0]!;
      const row = (y: number) => arena.bytes(seen.slab.offset + offset + y * stride, 172);
      for (const y of [30, 60, 96]) assert.ok(Math.abs(row(y)[171]! - row(y)[170]!) <= 3, `row ${y} ends with ${row(y).subarray(168)}`);
      for (const x of [5, 100, 170]) assert.ok(Math.abs(row(97)[x]! - row(96)[x]!) <= 3);
      seen.slab.release();
      await decoder.close();
    });

    it('keeps odd sizes where the codec can', async () => {
      const { path } = await makeClip(at('odd.webm'), { width: 171, height: 97, frames: 2 });
      const { width, height } = await probeVideoFile(path);
      assert.deepEqual([width, height], [171, 97]);
    });
  });

  describe('timing', () => {
    it('keeps uneven times, as the system’s ffprobe reads them', async function () {
      needsFfmpeg(this);
      const time = (i: number) => [0, 1, 25_000, 75_001, 100_000, 1_800_000_007][i] ?? 1_800_000_007 + i * 33_333;
      const { path } = await makeClip(at('uneven.mp4'), { frames: 10, time, preset: 'medium' });
      assert.deepEqual(
        referenceTimes(path),
        Array.from({ length: 10 }, (_, i) => time(i)),
      );
    });

    it('rounds to milliseconds in Matroska, which knows no less', async () => {
      const time = (i: number) => i * 33_367;
      const { path } = await makeClip(at('rounded.mkv'), { frames: 8, time });
      const decoder = await openVideoFile(path, { arena });
      const seen = await readFrames(arena, decoder);
      await decoder.close();
      assert.deepEqual(
        seen.map(({ ptsUs }) => ptsUs),
        Array.from({ length: 8 }, (_, i) => Math.round(time(i) / 1000) * 1000),
      );
    });

    it('refuses a gap that an mp4 cannot hold, which Matroska can', async () => {
      const time = (i: number) => (i < 3 ? i * 40_000 : 3_600_000_000 + i * 40_000);
      await assert.rejects(makeClip(at('gap.mp4'), { frames: 6, time }), {
        code: 'media/gap-too-long',
        message: /60 minutes pass .* at most 35 minutes; write \.mkv/,
      });
      assert.equal(existsSync(at('gap.mp4')), false);
      assert.equal((await makeClip(at('gap.mkv'), { frames: 6, time })).frames, 6);
    });

    it('refuses times that fall back', async () => {
      const encoder = await createVideoFile(at('back.mp4'), { arena, layout });
      const slab = frame(0);
      await encoder.write(slab, 80_000);
      await encoder.write(slab, 40_000);
      slab.release();
      await assert.rejects(encoder.finish(), { code: 'media/not-monotonic', message: /40000 µs follows one at 80000 µs/ });
      assert.equal(existsSync(at('back.mp4')), false);
    });
  });

  describe('backpressure', () => {
    it('holds no more slabs than told, and gives each back', async () => {
      const pool = Pool.create(arena, { name: 'frames', slabBytes: layout.bytes, limit: 20 });
      const encoder = await createVideoFile(at('pressure.mp4'), { arena, layout, maxPending: 2 });
      let promises = 0;
      for (let i = 0; i < 40; i++) {
        const slab = await pool.acquire();
        drawFrame(arena, slab, layout, i);
        const accepted = encoder.write(slab, i * 40_000);
        slab.release();
        if (accepted instanceof Promise) {
          promises++;
          await accepted;
        }
        assert.ok(pool.inUse <= 3, `${pool.inUse} slabs after frame ${i}`);
      }
      assert.ok(promises > 0);
      assert.equal((await encoder.finish()).frames, 40);
      pool.assertAllReturned();
      pool.close();
    });
  });

  describe('eos and abort', () => {
    it('puts the file in its place only when it is whole', async () => {
      writeFileSync(at('place.mp4'), 'what was here before');
      const encoder = await createVideoFile(at('place.mp4'), { arena, layout });
      const slab = frame(0);
      await encoder.write(slab, 0);
      slab.release();
      assert.equal(statSync(at('place.mp4')).size, 20);
      await encoder.finish();
      assert.equal((await probeVideoFile(at('place.mp4'))).frameCount, 1);
      assert.deepEqual(
        readdirSync(folder).filter((name) => name.endsWith('.part')),
        [],
      );
    });

    it('puts the index first', async () => {
      const { path } = await makeClip(at('index.mp4'), { frames: 5 });
      const bytes = readFileSync(path);
      assert.ok(bytes.indexOf('moov') < bytes.indexOf('mdat'));
    });

    it('removes what it began when aborted, at any moment', async () => {
      for (const frames of [0, 1, 9]) {
        const encoder = await createVideoFile(at('aborted.mp4'), { arena, layout });
        const slab = frame(0);
        for (let i = 0; i < frames; i++) void encoder.write(slab, i * 40_000);
        slab.release();
        await encoder.abort();
        await encoder.abort();
        assert.deepEqual(
          readdirSync(folder).filter((name) => name.startsWith('aborted')),
          [],
        );
      }
    });

    it('leaves what there is of a fragmented file when aborted', async () => {
      const encoder = await createVideoFile(at('fragments.mp4'), { arena, layout, fragmented: true, keyInterval: 5 });
      for (let i = 0; i < 23; i++) {
        const slab = frame(i);
        await encoder.write(slab, i * 40_000);
        slab.release();
      }
      await encoder.abort();
      const decoder = await openVideoFile(at('fragments.mp4'), { arena });
      const seen = await readFrames(arena, decoder);
      await decoder.close();
      assert.ok(seen.length >= 10, `${seen.length} frames`);
      assert.ok(seen.every(({ number, ptsUs }, i) => number === i && ptsUs === i * 40_000));
    });

    it('writes a file without frames that says so when read', async () => {
      const encoder = await createVideoFile(at('none.mkv'), { arena, layout });
      assert.equal((await encoder.finish()).frames, 0);
      await assert.rejects(async () => {
        const decoder = await openVideoFile(at('none.mkv'), { arena });
        try {
          await decoder.next();
        } finally {
          await decoder.close();
        }
      }, MediaError);
    });

    it('takes nothing after its end', async () => {
      const encoder = await createVideoFile(at('over.mp4'), { arena, layout });
      const slab = frame(0);
      await encoder.write(slab, 0);
      await encoder.finish();
      assert.throws(() => encoder.write(slab, 40_000), TypeError);
      await assert.rejects(encoder.finish(), TypeError);
      await encoder.abort();
      assert.ok(existsSync(at('over.mp4')));
      slab.release();
    });

    it('leaves a readable file when the process is killed, if fragmented', async () => {
      const path = at('killed.mp4');
      const child = spawn(process.execPath, ['--import', 'tsx', new URL('../write-for-ever.ts', import.meta.url).pathname, path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await saysReady(child);
      child.kill('SIGKILL');
      await once(child, 'exit');
      const decoder = await openVideoFile(path, { arena });
      const seen = [];
      try {
        for (let one = await readFrames(arena, decoder, 1); one.length > 0; one = await readFrames(arena, decoder, 1)) seen.push(...one);
      } catch (error) {
        assert.equal((error as MediaError).code, 'media/truncated');
      }
      await decoder.close();
      assert.ok(seen.length >= 20, `${seen.length} frames`);
      assert.ok(seen.every(({ number, ptsUs }, i) => number === i % 1024 && ptsUs === i * 40_000));
    });
  });

  describe('errors', () => {
    it('says which containers there are', () =>
      refused(at('clip.xyz'), 'media/unknown-container', /"\.xyz" names no container.*\.mp4.*\.mkv/));

    it('says that a name needs an extension', () => refused(at('clip'), 'media/unknown-container', /no extension/));

    it('says which codecs a container holds', () =>
      refused(at('clip.webm'), 'media/codec-mismatch', /webm files hold vp8, vp9, av1, found codec h264/, { codec: 'h264' }));

    it('says that the folder is missing', () => refused(at('missing/clip.mp4'), 'media/folder-missing', /folder does not exist/));

    it('says that a folder is in the way', () => {
      mkdirSync(at('folder.mp4'));
      return refused(at('folder.mp4'), 'media/is-folder', /folder/);
    });

    it('says that this user may not write there', async () => {
      mkdirSync(at('locked'));
      chmodSync(at('locked'), 0o555);
      if (process.geteuid?.() !== 0) return refused(at('locked/clip.mp4'), 'media/permission-denied', /may not/);
      // The superuser may write everywhere, so that somebody else has to try.
      chmodSync(folder, 0o755);
      process.seteuid?.(65_534);
      try {
        await refused(at('locked/clip.mp4'), 'media/permission-denied', /may not/);
      } finally {
        process.seteuid?.(0);
      }
    });

    it('leaves nothing behind where it could not begin', () => {
      assert.deepEqual(
        readdirSync(folder).filter((name) => name.endsWith('.part')),
        [],
      );
    });

    it('refuses slabs that are too small for a frame', async () => {
      const encoder = await createVideoFile(at('small.mp4'), { arena, layout });
      const slab = arena.allocate(100);
      assert.throws(() => encoder.write(slab, 0), RangeError);
      slab.release();
      await encoder.abort();
    });

    it('says that the disk is full, gives every slab back and removes what it began', async function () {
      const disk = at('disk');
      mkdirSync(disk);
      if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]).status !== 0) {
        console.log('      (no small disk can be mounted here)');
        this.skip();
      }
      try {
        for (const name of ['full.mp4', 'full.mkv', 'full.ts']) {
          const encoder = await createVideoFile(join(disk, name), {
            arena,
            layout: frameLayout('I420', 640, 480),
            quality: 0,
            preset: 'ultrafast',
          });
          const fill = async () => {
            for (let i = 0; i < 60; i++) {
              const slab = arena.allocate(640 * 480 * 2);
              drawFrame(arena, slab, frameLayout('I420', 640, 480), i);
              try {
                await encoder.write(slab, i * 40_000);
              } finally {
                slab.release();
              }
            }
            await encoder.finish();
          };
          await assert.rejects(fill(), { code: 'media/disk-full', message: /no space left/ }, name);
          await encoder.abort();
          assert.deepEqual(readdirSync(disk), []);
        }
      } finally {
        spawnSync('umount', [disk]);
      }
    });
  });
});

async function saysReady(child: ChildProcess): Promise<void> {
  await once(child.stdout!, 'data');
}
