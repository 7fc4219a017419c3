import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { AudioFrame, MediaFrame } from '../../../src/media/reader/media-frame.ts';
import type { AudioWish, MediaReader } from '../../../src/media/reader/media-reader.ts';
import { openMedia } from '../../../src/media/reader/open-media.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { temporaryFolder } from '../clip.ts';
import { needsFfmpeg } from '../reference-ffmpeg.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

/** Runs the system's FFmpeg and gives what it writes. */
function ffmpeg(...args: readonly string[]): Buffer {
  const { status, stdout, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-y', ...args], { maxBuffer: 2 ** 28 });
  assert.equal(status, 0, stderr.toString());
  return stdout;
}

/** Two tones, one for each ear, whose pitches rise. */
const TONES = 'aevalsrc=0.4*sin(2*PI*(300+200*t)*t)|0.3*sin(2*PI*(500+90*t)*t):s=44100:d=1.7';

interface Heard {
  readonly frames: AudioFrame[];
  readonly samples: Float32Array;
}

describe('sound of a media reader', () => {
  const arena = Arena.create();
  before(function () {
    needsFfmpeg(this as never);
  });

  async function hear(reader: MediaReader): Promise<Heard> {
    const frames: AudioFrame[] = [];
    const parts: Float32Array[] = [];
    for (let frame: MediaFrame | undefined = await reader.next(); frame !== undefined; frame = await reader.next()) {
      if (frame.kind === 'audio') {
        const { samples, info } = frame;
        const bytes = arena.bytes(frame.slab.offset, samples * info.channels * (info.format === 'S16' ? 2 : 4)).slice();
        parts.push(info.format === 'S16' ? Float32Array.from(new Int16Array(bytes.buffer)) : new Float32Array(bytes.buffer));
        frames.push(frame);
      }
      frame.slab.release();
    }
    await reader.close();
    const samples = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
    let filled = 0;
    for (const part of parts) {
      samples.set(part, filled);
      filled += part.length;
    }
    return { frames, samples };
  }

  const read = async (name: string, audio: AudioWish = {}): Promise<Heard> =>
    hear(await openMedia({ kind: 'file', path: at(name) }, { arena, audio }));

  const reference = (name: string, ...args: readonly string[]): Float32Array => {
    const raw = ffmpeg('-i', at(name), '-vn', ...args, '-f', 'f32le', '-');
    return new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
  };

  function farthest(found: Float32Array, expected: Float32Array): number {
    let most = 0;
    for (let i = 0; i < Math.min(found.length, expected.length); i++) most = Math.max(most, Math.abs(found[i]! - expected[i]!));
    return most;
  }

  describe('data', () => {
    for (const name of ['tones.wav', 'tones.flac', 'tones.mp3', 'tones.ogg', 'tones.m4a', 'tones.opus']) {
      it(`is that of the system's FFmpeg in ${name}`, async () => {
        ffmpeg('-f', 'lavfi', '-i', TONES, at(name));
        const { samples, frames } = await read(name);
        const expected = reference(name);
        // The system's is older, and leaves the filling at the end of AAC.
        assert.equal(samples.length, name.endsWith('.m4a') ? 2 * 1.7 * 44_100 : expected.length);
        // Lossy decoders of two versions differ in the last bits.
        assert.ok(farthest(samples, expected) < 2e-4, `${farthest(samples, expected)} apart`);
        assert.equal(frames[0]!.info.channels, 2);
        assert.equal(frames[0]!.info.rate, name.endsWith('.opus') ? 48_000 : 44_100);
      });
    }

    it('is mixed down and brought to another rate, without a shift', async () => {
      ffmpeg('-f', 'lavfi', '-i', TONES, at('rate.wav'));
      const { samples, frames } = await read('rate.wav', { rate: 16_000, channels: 1 });
      const expected = reference('rate.wav', '-ac', '1', '-ar', '16000');
      assert.ok(Math.abs(samples.length - expected.length) <= 1, `${samples.length} and ${expected.length} samples`);
      assert.ok(farthest(samples, expected) < 1e-3, `${farthest(samples, expected)} apart`);
      assert.deepEqual([frames[0]!.info.rate, frames[0]!.info.channels, frames[0]!.info.codedRate], [16_000, 1, 44_100]);
    });

    it('is given in 16-bit integers on request', async () => {
      ffmpeg('-f', 'lavfi', '-i', TONES, '-c:a', 'pcm_s16le', at('whole.wav'));
      const { samples } = await read('whole.wav', { format: 'S16' });
      const raw = ffmpeg('-i', at('whole.wav'), '-f', 's16le', '-');
      const expected = new Int16Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
      assert.deepEqual(samples, Float32Array.from(expected));
    });

    it('is read past the cover picture of a song', async () => {
      ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=64x64', '-frames:v', '1', at('cover.png'));
      ffmpeg('-f', 'lavfi', '-i', TONES, '-i', at('cover.png'), '-map', '0', '-map', '1', '-disposition:v', 'attached_pic', at('song.mp3'));
      const { samples } = await read('song.mp3');
      assert.equal(samples.length, reference('song.mp3').length);
      await assert.rejects(openMedia({ kind: 'file', path: at('song.mp3') }, { arena, video: {} }), { code: 'media/no-video' });
    });

    it('is that of the stream asked for', async () => {
      ffmpeg('-f', 'lavfi', '-i', 'sine=400:d=0.5', '-f', 'lavfi', '-i', 'sine=900:d=0.5', '-map', '0', '-map', '1', at('two.mka'));
      const first = await read('two.mka', { stream: 0 });
      const second = await read('two.mka', { stream: 1 });
      assert.ok(farthest(second.samples, reference('two.mka', '-map', '0:a:1')) < 2e-4);
      assert.ok(farthest(first.samples, second.samples) > 0.05);
      await assert.rejects(openMedia({ kind: 'file', path: at('two.mka') }, { arena, audio: { stream: 2 } }), /has 2 audio streams/);
    });
  });

  describe('timing', () => {
    it('follows from the count of samples, in stretches of one length', async () => {
      ffmpeg('-f', 'lavfi', '-i', TONES, at('chunks.flac'));
      const { frames } = await read('chunks.flac', { chunkUs: 100_000 });
      assert.equal(frames.length, 17);
      assert.deepEqual(
        frames.map(({ ptsUs }) => ptsUs),
        frames.map((_, index) => index * 100_000),
      );
      assert.ok(frames.every(({ samples, durationUs, discont }) => samples === 4410 && durationUs === 100_000 && !discont));
    });

    it('is that of the pictures beside it', async () => {
      ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=64x64:r=25:d=1', '-f', 'lavfi', '-i', 'sine=440:d=1', '-pix_fmt', 'yuv420p', at('both.mp4'));
      const reader = await openMedia({ kind: 'file', path: at('both.mp4') }, { arena, video: {}, audio: {} });
      const times: Record<string, number[]> = { video: [], audio: [] };
      for (let frame = await reader.next(); frame !== undefined; frame = await reader.next()) {
        times[frame.kind]!.push(frame.ptsUs);
        frame.slab.release();
      }
      assert.equal(reader.video?.codec, 'h264');
      assert.equal(reader.audio?.codec, 'aac');
      await reader.close();
      assert.deepEqual(
        times.video,
        Array.from({ length: 25 }, (_, index) => index * 40_000),
      );
      assert.equal(times.audio![0], 0);
      assert.equal(times.audio!.length, 50);
    });

    it('goes on through loops', async () => {
      ffmpeg('-f', 'lavfi', '-i', 'sine=440:d=0.5', at('loop.wav'));
      const reader = await openMedia({ kind: 'file', path: at('loop.wav'), loop: 2 }, { arena, audio: { chunkUs: 250_000 } });
      const { frames } = await hear(reader);
      assert.deepEqual(
        frames.map(({ ptsUs, epoch }) => [ptsUs, epoch]),
        [
          [0, 0],
          [250_000, 0],
          [500_000, 1],
          [750_000, 1],
        ],
      );
    });

    it('begins anew behind a hole, and says so', async () => {
      ffmpeg('-f', 'lavfi', '-i', 'sine=440:d=2', '-af', "aselect='not(between(t,0.5,1.5))'", '-c:a', 'flac', at('hole.mka'));
      const { frames } = await read('hole.mka', { chunkUs: 100_000 });
      const after = frames.findIndex(({ discont }) => discont);
      assert.ok(after > 0);
      assert.ok(frames[after]!.ptsUs - frames[after - 1]!.ptsUs > 900_000);
      assert.equal(frames.filter(({ discont }) => discont).length, 1);
    });
  });

  describe('errors', () => {
    it('says that there is none', async () => {
      ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=64x64:d=0.2', at('mute.mp4'));
      await assert.rejects(openMedia({ kind: 'file', path: at('mute.mp4') }, { arena, audio: {} }), { code: 'media/no-audio' });
    });

    it('wants pictures, sound or both', async () => {
      await assert.rejects(openMedia({ kind: 'file', path: at('mute.mp4') }, { arena }), RangeError);
    });
  });

  after(() => assert.equal(arena.statistics.slabsInUse, 0));
});
