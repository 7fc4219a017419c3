import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { audioFileSource } from '../../../src/elements/sources/audio-file-source.ts';
import { temporaryFolder } from '../../media/clip.ts';
import { needsFfmpeg } from '../../media/reference-ffmpeg.ts';
import { type Kept, keepingSink } from '../../support/frame-source.ts';
import { testPipeline } from '../../support/test-pipeline.ts';

/** A WAV file of 16-bit samples, written by hand. */
function wav(rate: number, channels: number, samples: Int16Array): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.byteLength, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * channels * 2, 28);
  head.writeUInt16LE(channels * 2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([head, Buffer.from(samples.buffer)]);
}

const RATE = 8000;
/** Every sample tells which it is, left and right alike but for the sign. */
const STEPS = Int16Array.from({ length: 2 * 1000 }, (_, index) => (index % 2 === 0 ? index >> 1 : -(index >> 1)));

describe('audio-file-source', function () {
  this.timeout(30_000);
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder, name);

  const playing = (path: string, props: object = {}, hold?: () => void | Promise<void>) => {
    const kept: Kept[] = [];
    const made = testPipeline([audioFileSource, keepingSink('ear', kept, 'any', hold)], {
      elements: { 'audio-file-source': { props: { path, ...props } } },
      links: ['audio-file-source ! ear'],
    });
    return { ...made, kept };
  };

  const ffmpeg = (...args: readonly string[]): void => {
    const { status, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-y', ...args]);
    assert.equal(status, 0, stderr.toString());
  };

  const floats = (kept: readonly Kept[]): number[] => kept.flatMap(({ bytes }) => [...new Float32Array(bytes.buffer)]);
  const whole = (kept: readonly Kept[]): number[] => kept.flatMap(({ bytes }) => [...new Int16Array(bytes.buffer)]);

  before(() => writeFileSync(at('steps.wav'), wav(RATE, 2, STEPS)));

  describe('data', () => {
    it('gives every sample once, in order, all channels side by side', async () => {
      const { pipeline, kept, assertClean } = playing(at('steps.wav'), { format: 'S16' });
      await pipeline.run();
      assert.deepEqual(whole(kept), [...STEPS]);
      assert.deepEqual(kept[0]!.caps.fields, { format: 'S16', rate: RATE, channels: 2 });
      assertClean();
    });

    it('gives floats from -1 to 1 unless it is told otherwise', async () => {
      const { pipeline, kept } = playing(at('steps.wav'));
      await pipeline.run();
      assert.deepEqual(kept[0]!.caps.fields, { format: 'F32', rate: RATE, channels: 2 });
      assert.deepEqual(
        floats(kept),
        [...STEPS].map((sample) => sample / 32_768),
      );
    });

    it('mixes down to the rate and the channels that are asked for', async () => {
      const { pipeline, kept } = playing(at('steps.wav'), { channels: 1, rate: 4000 });
      await pipeline.run();
      assert.deepEqual(kept[0]!.caps.fields, { format: 'F32', rate: 4000, channels: 1 });
      assert.equal(floats(kept).length, 500);
      // Right is left turned round: together they are silence.
      assert.ok(floats(kept).every((sample) => Math.abs(sample) < 1e-6));
    });

    it('passes over the cover of a song, and takes the stream it is told to', async function () {
      needsFfmpeg(this);
      const tone = (hertz: number): string[] => ['-f', 'lavfi', '-i', `sine=${hertz}:r=${RATE}:d=0.5`];
      ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=64x64', '-frames:v', '1', at('cover.png'));
      ffmpeg(...tone(400), '-i', at('cover.png'), '-map', '0', '-map', '1', '-disposition:v', 'attached_pic', at('song.mp3'));
      const song = playing(at('song.mp3'));
      await song.pipeline.run();
      assert.ok(floats(song.kept).length >= RATE / 2);
      song.assertClean();
      ffmpeg(...tone(400), ...tone(1000), '-map', '0', '-map', '1', '-c:a', 'pcm_s16le', at('two.mka'));
      for (const [stream, hertz] of [400, 1000].entries()) {
        const { pipeline, kept } = playing(at('two.mka'), { stream });
        await pipeline.run();
        const samples = floats(kept);
        const crossings = samples.filter((sample, index) => index > 0 && samples[index - 1]! < 0 && sample >= 0).length;
        assert.ok(Math.abs(crossings - hertz / 2) <= 1, `${crossings} waves in half a second`);
      }
    });
  });

  describe('timing', () => {
    it('counts samples, in stretches as long as it is told, the last one shorter', async () => {
      const { pipeline, kept } = playing(at('steps.wav'), { chunkMs: 50 });
      await pipeline.run();
      assert.deepEqual(
        kept.map(({ pts, buffer }) => [pts, buffer.duration, buffer.sequence]),
        [
          [0, 50_000, 0],
          [50_000, 50_000, 1],
          [100_000, 25_000, 2],
        ],
      );
    });

    it('begins again at the end, its times going on', async () => {
      let seen = 0;
      const { pipeline, kept, assertClean } = playing(at('steps.wav'), { chunkMs: 125, loop: true }, () => {
        if (++seen === 3) pipeline.stop();
      });
      await pipeline.run();
      assert.deepEqual(
        kept.slice(0, 3).map(({ pts, buffer }) => [pts, buffer.epoch]),
        [
          [0, 0],
          [125_000, 1],
          [250_000, 2],
        ],
      );
      assertClean();
    });
  });

  describe('backpressure', () => {
    it('loses nothing to a sink that is slow', async () => {
      const { pipeline, kept, assertClean } = playing(
        at('steps.wav'),
        { format: 'S16', chunkMs: 1 },
        () => new Promise((resolve) => setImmediate(resolve)),
      );
      await pipeline.run();
      assert.deepEqual(whole(kept), [...STEPS]);
      assertClean();
    });
  });

  describe('eos, stop and abort', () => {
    it('gives everything back when it is stopped in the middle', async () => {
      const { pipeline, kept, assertClean } = playing(at('steps.wav'), { chunkMs: 1, loop: true }, () => {
        if (kept.length === 5) pipeline.stop();
      });
      await pipeline.run();
      assert.ok(kept.length >= 5);
      assertClean();
    });
  });

  describe('errors', () => {
    const fails = async (path: string, expected: object, props = {}): Promise<Kept[]> => {
      const { pipeline, kept, assertClean } = playing(path, props);
      await assert.rejects(pipeline.run(), expected);
      assertClean();
      return kept;
    };

    it('says that there is no such file, and that garbage is no sound', async () => {
      await fails(at('none.wav'), { code: 'media/not-found' });
      writeFileSync(at('garbage.wav'), Buffer.alloc(5000, 'no sound at all '));
      await fails(at('garbage.wav'), { code: 'media/not-media' });
    });

    it('says that a film is silent, and which streams there are', async function () {
      needsFfmpeg(this);
      ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=64x64:d=0.2', at('mute.mp4'));
      await fails(at('mute.mp4'), { code: 'media/no-audio' });
      await fails(at('steps.wav'), { code: 'media/no-stream' }, { stream: 1 });
    });

    it('gives what there is of a file that breaks off', async () => {
      writeFileSync(at('cut.wav'), wav(RATE, 2, STEPS));
      truncateSync(at('cut.wav'), 44 + 4 * 600);
      const { pipeline, kept, assertClean } = playing(at('cut.wav'), { format: 'S16' });
      await assert.rejects(pipeline.run(), { code: 'media/truncated' });
      assert.deepEqual(whole(kept), [...STEPS.subarray(0, 2 * 600)]);
      assertClean();
    });
  });
});
