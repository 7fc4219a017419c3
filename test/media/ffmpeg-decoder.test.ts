import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FfmpegReader } from '../../src/media/ffmpeg/ffmpeg-reader.ts';
import { findFfmpeg } from '../../src/media/ffmpeg/find-ffmpeg.ts';
import type { VideoFrame } from '../../src/media/reader/media-frame.ts';
import type { MediaReader } from '../../src/media/reader/media-reader.ts';
import { openVideoFile } from '../../src/media/reader/open-media.ts';
import { Arena } from '../../src/memory/arena.ts';
import { makeClip, readFrames, temporaryFolder } from './clip.ts';
import { needsFfmpeg } from './reference-ffmpeg.ts';

describe('decoder in a process of FFmpeg’s', function () {
  this.timeout(30_000);
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder, name);
  let arena: Arena;
  beforeEach(function () {
    needsFfmpeg(this);
    arena = Arena.create();
  });
  afterEach(() => assert.equal(arena?.statistics.slabsInUse ?? 0, 0, 'every slab is back'));

  const pictures = async (decoder: MediaReader<VideoFrame>): Promise<[number, string][]> => {
    const seen: [number, string][] = [];
    for (let frame = await decoder.next(); frame !== undefined; frame = await decoder.next()) {
      const { slab, layout, ptsUs } = frame;
      const rows = layout.planes.map(({ offset, stride, rowBytes, rows: count }) =>
        Array.from({ length: count }, (_, y) =>
          Buffer.from(arena.bytes(slab.offset + offset + y * stride, rowBytes)).toString('latin1'),
        ).join(''),
      );
      seen.push([ptsUs, rows.join('')]);
      slab.release();
    }
    await decoder.close();
    return seen;
  };

  it('gives the frames, times and pixels that FFmpeg in the process gives', async () => {
    for (const [name, options] of [
      ['plain.mp4', {}],
      ['odd.webm', { width: 171, height: 97 }],
      ['uneven.mp4', { time: (i: number) => i * 40_000 + (i % 3) * 7001 }],
    ] as const) {
      await makeClip(at(name), { frames: 12, ...options });
      const own = await pictures(await openVideoFile(at(name), { arena }));
      const other = await pictures(await openVideoFile(at(name), { arena, backend: 'ffmpeg' }));
      assert.equal(other.length, 12, name);
      assert.deepEqual(other, own, name);
    }
  });

  it('says of a stream what the other decoder says', async () => {
    await makeClip(at('info.mp4'), { frames: 5, matrix: 'bt709', range: 'full' });
    const decoder = await openVideoFile(at('info.mp4'), { arena });
    const { frameCount: _, durationUs, ...info } = decoder.video!;
    await decoder.close();
    const {
      frameCount: __,
      durationUs: other,
      ...found
    } = (await FfmpegReader.probe({ kind: 'file', path: at('info.mp4') }, { video: {} })).video!;
    assert.deepEqual(found, info);
    assert.ok(Math.abs(durationUs! - other!) <= 10_000);
  });

  it('plays a file over again, with times that go on', async () => {
    await makeClip(at('loop.mp4'), { frames: 3 });
    const decoder = await openVideoFile(at('loop.mp4'), { arena, loop: 2, backend: 'ffmpeg' });
    const seen = await readFrames(arena, decoder);
    await decoder.close();
    assert.deepEqual(
      seen.map(({ number, ptsUs, epoch }) => [number, ptsUs, epoch]),
      [0, 1, 2, 3, 4, 5].map((i) => [i % 3, i * 40_000, Math.floor(i / 3)]),
    );
  });

  it('holds no more frames than its pool, and is closed at any moment', async () => {
    await makeClip(at('long.mp4'), { frames: 40 });
    const decoder = await openVideoFile(at('long.mp4'), { arena, maxFrames: 2, isolate: true });
    const held = [await decoder.next(), await decoder.next()];
    let third = false;
    const waiting = Promise.resolve(decoder.next()).then(
      (frame) => {
        third = true;
        frame?.slab.release();
      },
      () => undefined,
    );
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    assert.equal(third, false);
    for (const frame of held) frame!.slab.release();
    await waiting;
    assert.equal(third, true);
    await decoder.close();
    await decoder.close();
    assert.equal(await decoder.next(), undefined);
  });

  it('says what is wrong with a file', async () => {
    writeFileSync(at('words.mp4'), 'not a video at all'.repeat(100));
    await assert.rejects(FfmpegReader.open({ kind: 'file', path: at('words.mp4') }, { video: {}, arena }), { code: 'media/not-media' });
    await assert.rejects(FfmpegReader.open({ kind: 'file', path: at('missing.mp4') }, { video: {}, arena }), { code: 'media/not-found' });
  });

  it('is found where the environment says, else where the package or the system has it', () => {
    assert.equal(findFfmpeg({ FFMPEG_BIN: '/opt/own' }), '/opt/own');
    assert.match(findFfmpeg({}), /ffmpeg/);
  });
});
