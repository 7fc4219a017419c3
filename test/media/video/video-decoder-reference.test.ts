import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { openVideoFile } from '../../../src/media/reader/open-media.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { makeClip, temporaryFolder } from '../clip.ts';
import { frameDigest, needsFfmpeg, referenceFrames, referenceTimes } from '../reference-ffmpeg.ts';

describe('video decoder and the system’s FFmpeg', () => {
  const folder = temporaryFolder();

  const compare = async (path: string) => {
    const arena = Arena.create();
    const decoder = await openVideoFile(path, { arena });
    const digests: string[] = [];
    const times: number[] = [];
    for (let frame = await decoder.next(); frame !== undefined; frame = await decoder.next()) {
      digests.push(frameDigest(arena, frame));
      times.push(frame.ptsUs);
      frame.slab.release();
    }
    await decoder.close();
    const { width, height } = decoder.video!;
    assert.ok(digests.length > 1);
    assert.deepEqual(times, referenceTimes(path));
    assert.deepEqual(digests, referenceFrames(path, width, height));
  };

  // Codecs whose decoding is defined to the bit.
  for (const [name, codec] of [
    ['h264.mp4', 'h264'],
    ['h264.mkv', 'h264'],
    ['h264.ts', 'h264'],
    ['hevc.mov', 'hevc'],
    ['vp8.webm', 'vp8'],
    ['vp9.webm', 'vp9'],
    ['av1.mkv', 'av1'],
  ] as const) {
    it(`agree on every frame and time of ${codec} in ${name}`, async function () {
      needsFfmpeg(this);
      const time = (i: number) => i * 33_367 + (i > 5 ? 500_000 : 0);
      const { path } = await makeClip(join(folder, name), { codec, frames: 25, width: 174, height: 98, preset: 'medium', time });
      await compare(path);
    });
  }

  it('agree on every frame and time of the bundled clip', async function () {
    needsFfmpeg(this);
    await compare('media/shapes.mp4');
  });
});
