import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { avFileSource } from '../../../src/elements/sources/av-file-source.ts';
import { temporaryFolder } from '../../media/clip.ts';
import { needsFfmpeg } from '../../media/reference-ffmpeg.ts';
import { type Kept, keepingSink } from '../../support/frame-source.ts';
import { testPipeline } from '../../support/test-pipeline.ts';

const RATE = 8000;

describe('av-file-source', function () {
  this.timeout(30_000);
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder, name);

  before(function () {
    needsFfmpeg(this as never);
    const pictures = ['-f', 'lavfi', '-i', 'testsrc2=s=64x48:r=25:d=2'];
    const sound = ['-f', 'lavfi', '-i', `sine=440:r=${RATE}:d=2`];
    const make = (...args: readonly string[]): void => {
      const { status, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-y', ...args]);
      assert.equal(status, 0, stderr.toString());
    };
    make(...pictures, ...sound, '-pix_fmt', 'yuv420p', '-c:a', 'pcm_s16le', at('both.mkv'));
    make(...pictures, '-pix_fmt', 'yuv420p', at('mute.mkv'));
    make(...sound, '-c:a', 'pcm_s16le', at('dark.mkv'));
  });

  interface Hold {
    readonly video?: () => void | Promise<void>;
    readonly audio?: () => void | Promise<void>;
  }

  const playing = (name: string, props: object = {}, linked: readonly ('video' | 'audio')[] = ['video', 'audio'], hold: Hold = {}) => {
    const kept: Record<'video' | 'audio', Kept[]> = { video: [], audio: [] };
    /** Which kind came when. */
    const order: { readonly kind: 'video' | 'audio'; readonly pts: number }[] = [];
    const sinks = linked.map((kind) =>
      keepingSink(kind === 'video' ? 'screen' : 'ear', kept[kind], 'any', () => {
        order.push({ kind, pts: kept[kind].at(-1)!.pts });
        return hold[kind]?.();
      }),
    );
    const made = testPipeline([avFileSource, ...sinks], {
      elements: { 'av-file-source': { props: { path: at(name), ...props } } },
      links: linked.map((kind) => `av-file-source.${kind} ! ${kind === 'video' ? 'screen' : 'ear'}`),
    });
    return { ...made, kept, order };
  };

  const samplesOf = (kept: readonly Kept[]): number => kept.reduce((sum, { bytes }) => sum + bytes.length / 4, 0);
  const PICTURES = Array.from({ length: 50 }, (_, index) => index * 40_000);
  const STRETCHES = Array.from({ length: 100 }, (_, index) => index * 20_000);

  describe('data', () => {
    it('gives every picture and every sample, each by its pad', async () => {
      const { pipeline, kept, assertClean } = playing('both.mkv');
      await pipeline.run();
      assert.deepEqual(kept.video[0]!.caps.fields, { format: 'I420', width: 64, height: 48 });
      assert.deepEqual(kept.audio[0]!.caps.fields, { format: 'F32', rate: RATE, channels: 1 });
      assert.equal(kept.video.length, 50);
      assert.equal(samplesOf(kept.audio), 2 * RATE);
      assertClean();
    });

    for (const kind of ['video', 'audio'] as const) {
      it(`gives ${kind} alone where nothing else is linked, and decodes nothing else`, async () => {
        const { pipeline, kept, assertClean } = playing('both.mkv', {}, [kind]);
        await pipeline.run();
        assert.equal(kept[kind].length, kind === 'video' ? 50 : 100);
        assert.equal(pipeline.summary().elements[0]!.received, kept[kind].length);
        assertClean();
      });
    }
  });

  describe('timing', () => {
    it('counts both from the beginning of the file, and keeps them in step', async () => {
      const { pipeline, kept, order } = playing('both.mkv');
      await pipeline.run();
      assert.deepEqual(
        kept.video.map(({ pts }) => pts),
        PICTURES,
      );
      assert.deepEqual(
        kept.audio.map(({ pts }) => pts),
        STRETCHES,
      );
      const latest = { video: 0, audio: 0 };
      for (const { kind, pts } of order) {
        latest[kind] = pts;
        assert.ok(Math.abs(latest.video - latest.audio) < 1_000_000, `${latest.video} and ${latest.audio}`);
      }
    });

    it('begins both again at the end, at one time', async () => {
      const { pipeline, kept, assertClean } = playing('both.mkv', { loop: true }, ['video', 'audio'], {
        video: () => {
          if (kept.video.length === 75) pipeline.stop();
        },
      });
      await pipeline.run();
      const second = (kind: 'video' | 'audio'): number => kept[kind].find(({ buffer }) => buffer.epoch === 1)!.pts;
      assert.equal(second('video'), 2_000_000);
      assert.equal(second('audio'), 2_000_000);
      assertClean();
    });
  });

  describe('backpressure', () => {
    for (const kind of ['video', 'audio'] as const) {
      it(`loses nothing to a branch that is slow: ${kind}`, async () => {
        const { pipeline, kept, assertClean } = playing('both.mkv', {}, ['video', 'audio'], {
          [kind]: async () => {
            for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => setImmediate(resolve));
          },
        });
        await pipeline.run();
        assert.equal(kept.video.length, 50);
        assert.equal(samplesOf(kept.audio), 2 * RATE);
        assertClean();
      });
    }
  });

  describe('eos, stop and abort', () => {
    it('ends what the file does not hold at once, and says so', async () => {
      for (const [name, has, lacks] of [
        ['mute.mkv', 'video', 'audio'],
        ['dark.mkv', 'audio', 'video'],
      ] as const) {
        const { pipeline, kept, messages, assertClean } = playing(name);
        await pipeline.run();
        assert.equal(kept[has].length, has === 'video' ? 50 : 100);
        assert.equal(kept[lacks].length, 0);
        assert.ok(messages.some((one) => one.type === 'info' && one.code === 'element/no-stream' && one.text.includes(lacks)));
        assertClean();
      }
    });

    it('gives everything back when it is stopped in the middle', async () => {
      const { pipeline, kept, assertClean } = playing('both.mkv', { loop: true }, ['video', 'audio'], {
        audio: () => {
          if (kept.audio.length === 7) pipeline.stop();
        },
      });
      await pipeline.run();
      assert.ok(kept.audio.length >= 7);
      assertClean();
    });
  });

  describe('errors', () => {
    it('says that the only stream asked for is not there', async () => {
      const mute = playing('mute.mkv', {}, ['audio']);
      await assert.rejects(mute.pipeline.run(), { code: 'media/no-audio' });
      mute.assertClean();
      const dark = playing('dark.mkv', {}, ['video']);
      await assert.rejects(dark.pipeline.run(), { code: 'media/no-video' });
      dark.assertClean();
    });

    it('says how many streams there are where it is asked for another', async () => {
      const { pipeline, assertClean } = playing('both.mkv', { audioStream: 3 });
      await assert.rejects(pipeline.run(), { code: 'media/no-stream', message: /has 1 audio streams/ });
      assertClean();
    });

    it('gives what there is of a file that breaks off', async () => {
      spawnSync('cp', [at('both.mkv'), at('cut.mkv')]);
      truncateSync(at('cut.mkv'), 30_000);
      const { pipeline, kept, assertClean } = playing('cut.mkv');
      await assert.rejects(pipeline.run(), { code: 'media/truncated' });
      assert.ok(kept.video.length > 0 && kept.video.length < 50);
      assert.ok(kept.audio.length > 0 && kept.audio.length < 100);
      assertClean();
    });
  });
});
