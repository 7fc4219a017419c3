import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { openVideoFile } from '../../src/media/video-decoder.ts';
import { Arena } from '../../src/memory/arena.ts';
import { makeClip, readFrames, temporaryFolder } from './clip.ts';

const KINDS = [
  ['clip.mp4', 'h264'],
  ['clip.mkv', 'h264'],
  ['clip.mov', 'hevc'],
  ['clip.webm', 'vp9'],
  ['vp8.webm', 'vp8'],
  ['av1.mkv', 'av1'],
  ['clip.ts', 'h264'],
  ['clip.avi', 'mpeg4'],
  ['jpeg.avi', 'mjpeg'],
] as const;

describe('video encoder', () => {
  const folder = temporaryFolder();

  for (const [name, codec] of KINDS) {
    it(`writes ${codec} into ${name}, every frame at its time`, async () => {
      const arena = Arena.create();
      const written = await makeClip(join(folder, name), { codec });
      assert.equal(written.frames, 20);
      const decoder = await openVideoFile(written.path, { arena });
      const seen = await readFrames(arena, decoder);
      await decoder.close();
      assert.deepEqual(
        seen.map(({ number, ptsUs }) => [number, ptsUs]),
        Array.from({ length: 20 }, (_, i) => [i, i * 40_000]),
      );
      assert.equal(decoder.info.codec, codec);
    });
  }
});
