import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { join as joinElement } from '../../../src/elements/fusion/join.ts';
import { avFileSource } from '../../../src/elements/sources/av-file-source.ts';
import { temporaryFolder } from '../../media/clip.ts';
import { needsFfmpeg, referenceMoments } from '../../media/reference-ffmpeg.ts';
import { type Kept, keepingSink } from '../../support/frame-source.ts';
import { testPipeline, until } from '../../support/test-pipeline.ts';

const RATE = 8000;

describe('av-file-source', function () {
  this.timeout(90_000);
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
    const h264 = ['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-bf', '3'];
    const short = ['-f', 'lavfi', '-i', `sine=440:r=${RATE}:d=0.507`];
    const second = ['-f', 'lavfi', '-i', 'sine=880:r=16000:d=2'];
    make(...pictures, ...sound, ...h264, '-c:a', 'aac', at('reordered.mp4'));
    make(...pictures, ...sound, ...h264, '-c:a', 'mp2', '-ar', '16000', at('reordered.ts'));
    make(...pictures, ...short, ...h264, '-c:a', 'pcm_s16le', at('short-sound.mkv'));
    make('-f', 'lavfi', '-i', 'testsrc2=s=64x48:r=25:d=0.6', ...sound, ...h264, '-c:a', 'aac', at('short-film.mp4'));
    make('-f', 'lavfi', '-i', 'testsrc2=s=64x48:r=25:d=0.6', ...sound, ...h264, '-c:a', 'pcm_s16le', at('short-film.mkv'));
    make('-itsoffset', '0.7', ...pictures, ...sound, '-fps_mode', 'passthrough', ...h264, '-c:a', 'pcm_s16le', at('late-film.mkv'));
    make(...pictures, '-itsoffset', '0.7', ...sound, ...h264, '-c:a', 'aac', at('late-sound.mp4'));
    const hole = 'sine=440:r=8000:d=6,aselect=not(between(t\\,1\\,4))';
    make('-f', 'lavfi', '-i', 'testsrc2=s=64x48:r=25:d=6', '-f', 'lavfi', '-i', hole, ...h264, '-c:a', 'pcm_s16le', at('hole.mkv'));
    make(...pictures, ...sound, ...second, '-map', '0', '-map', '1', '-map', '2', ...h264, '-c:a', 'pcm_s16le', at('two.mkv'));
    make(...sound, '-f', 'lavfi', '-i', 'testsrc2=s=64x48:d=0.04', '-c:v', 'mjpeg', '-disposition:v', 'attached_pic', at('cover.mp3'));
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
    const graph = {
      elements: { 'av-file-source': { props: { path: at(name), ...props } } },
      links: linked.map((kind) => `av-file-source.${kind} ! ${kind === 'video' ? 'screen' : 'ear'}`),
    };
    const made = testPipeline([avFileSource, ...sinks], graph, { stallMs: 1000 });
    return { ...made, kept, order };
  };

  const samplesOf = (kept: readonly Kept[]): number => kept.reduce((sum, { bytes }) => sum + bytes.length / 4, 0);
  const PICTURES = Array.from({ length: 50 }, (_, index) => index * 40_000);
  const STRETCHES = Array.from({ length: 100 }, (_, index) => index * 20_000);

  /** A join of both with little room, whose sets are kept, each as what it has of which. */
  const joining = (name: string) => {
    const kept: Kept[] = [];
    const optional = { required: false, onMissing: 'null', toleranceMs: 0 };
    const made = testPipeline([avFileSource, joinElement, keepingSink('keeper', kept)], {
      elements: {
        'av-file-source': { props: { path: at(name) } },
        join: { props: { maxPending: 4, inputs: [optional, optional] }, queue: { maxBuffers: 32 } },
      },
      links: ['av-file-source.video ! join.sink_0', 'av-file-source.audio ! join.sink_1', 'join ! keeper'],
    });
    return { ...made, kept };
  };

  describe('props', () => {
    it('says that nothing is linked to it', async () => {
      const { pipeline, assertClean } = playing('both.mkv', {}, []);
      await assert.rejects(pipeline.run(), {
        code: 'element/nothing-linked',
        element: 'av-file-source',
        message: /pad video, its pad audio/,
      });
      assertClean();
    });

    it('gives the stream of sound that is asked for', async () => {
      for (const [audioStream, rate] of [
        [0, RATE],
        [1, 16_000],
      ] as const) {
        const { pipeline, kept, assertClean } = playing('two.mkv', { audioStream });
        await pipeline.run();
        assert.equal(kept.video.length, 50);
        assert.equal(kept.audio[0]!.caps.fields['rate'], rate);
        assert.equal(samplesOf(kept.audio), 2 * rate);
        assertClean();
      }
    });
  });

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

  it('needs no decoder for what is not linked', async () => {
    const bytes = readFileSync(at('reordered.mp4'));
    for (let place = bytes.indexOf('avc1'); place >= 0; place = bytes.indexOf('avc1', place)) bytes.write('zz9z', place, 'latin1');
    writeFileSync(at('unknown.mp4'), bytes);
    const heard = playing('unknown.mp4', {}, ['audio']);
    await heard.pipeline.run();
    assert.equal(samplesOf(heard.kept.audio), 2 * RATE);
    heard.assertClean();
    const both = playing('unknown.mp4');
    await assert.rejects(both.pipeline.run(), { code: 'media/unknown-codec' });
    both.assertClean();
  });

  describe('timing', () => {
    for (const name of ['reordered.mp4', 'reordered.ts', 'late-film.mkv', 'late-sound.mp4', 'hole.mkv']) {
      it(`gives the times that ffprobe tells, of pictures and of sound: ${name}`, async () => {
        const { pipeline, kept, assertClean } = playing(name);
        await pipeline.run();
        const video = referenceMoments(at(name), 'v');
        assert.deepEqual(
          kept.video.map(({ pts }) => pts),
          video.map(({ ptsUs }) => ptsUs),
        );
        // Its container rounds the times of sound to milliseconds, and samples are counted.
        const stretches = referenceMoments(at(name), 'a').map(({ ptsUs, samples }) => [ptsUs, samples] as const);
        const rate = kept.audio[0]!.caps.fields['rate'] as number;
        const heardAt = (us: number): boolean =>
          kept.audio.some(({ pts, bytes }) => us > pts - 2000 && us < pts + (bytes.length / 4 / rate) * 1e6 + 2000);
        for (const [ptsUs, samples] of stretches) {
          assert.ok(heardAt(ptsUs), `${ptsUs} is silent`);
          assert.ok(heardAt(ptsUs + (samples / rate) * 5e5), `${ptsUs} breaks off`);
        }
        assert.ok(Math.abs(kept.audio[0]!.pts - stretches[0]![0]) < 2000, `${kept.audio[0]!.pts} and ${stretches[0]![0]}`);
        const all = stretches.reduce((sum, [, samples]) => sum + samples, 0);
        // What a coder has padded the last of its blocks with may be left out.
        assert.ok(samplesOf(kept.audio) <= all && samplesOf(kept.audio) > all - 2048, `${samplesOf(kept.audio)} of ${all}`);
        assertClean();
      });
    }

    for (const name of ['short-sound.mkv', 'short-film.mp4', 'late-film.mkv', 'late-sound.mp4', 'hole.mkv']) {
      it(`lets nobody wait for a stream that has not begun, is over, or has a hole: ${name}`, async () => {
        const alone = playing(name);
        await alone.pipeline.run();
        const { pipeline, kept, assertClean } = joining(name);
        const { elements } = await pipeline.run();
        const join = elements.find(({ name: one }) => one === 'join')!;
        assert.deepEqual(join.dropped, {});
        const times = new Set([...alone.kept.video, ...alone.kept.audio].map(({ pts }) => pts));
        assert.deepEqual(
          kept.map(({ pts }) => pts),
          [...times].sort((a, b) => a - b),
        );
        assertClean();
      });
    }

    for (const name of ['short-film.mkv', 'late-film.mkv', 'late-sound.mp4']) {
      it(`gives as much the second time: ${name}`, async () => {
        const played = playing(name, { loop: true }, ['video', 'audio'], {
          video: () => {
            if (played.kept.video.some(({ buffer }) => buffer.epoch === 2)) played.pipeline.stop();
          },
        });
        await played.pipeline.run();
        const of = (epoch: number, kind: 'video' | 'audio'): Kept[] => played.kept[kind].filter(({ buffer }) => buffer.epoch === epoch);
        const end = Math.max(...[of(0, 'video'), of(0, 'audio')].map((one) => one.at(-1)!.pts + one.at(-1)!.buffer.duration!));
        for (const kind of ['video', 'audio'] as const) {
          assert.deepEqual(
            of(1, kind).map(({ pts }) => pts - end),
            of(0, kind).map(({ pts }) => pts),
          );
        }
        assert.equal(samplesOf(of(1, 'audio')), samplesOf(of(0, 'audio')));
        played.assertClean();
      });
    }

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

  it('names the branch that takes nothing, and holds the other one up', async () => {
    const free: (() => void)[] = [];
    const { pipeline, clock, kept, heard, assertClean } = playing('both.mkv', {}, ['video', 'audio'], {
      video: () => new Promise<void>((resolve) => free.push(resolve)),
    });
    const running = assert.rejects(pipeline.run(), { code: 'pipeline/aborted' });
    await until(() => {
      if (free.length > 0) clock.advanceBy(100_000);
      return heard('warning').some(({ text }) => /av-file-source waits for screen/.test(text));
    });
    assert.ok(kept.audio.length < 100);
    pipeline.abort();
    for (const one of free) one();
    await running;
    assertClean();
  });

  describe('eos, stop and abort', () => {
    it('ends what the file does not hold at once, and says so', async () => {
      for (const [name, has, lacks] of [
        ['mute.mkv', 'video', 'audio'],
        ['dark.mkv', 'audio', 'video'],
        ['cover.mp3', 'audio', 'video'],
      ] as const) {
        const { pipeline, kept, messages, assertClean } = playing(name);
        await pipeline.run();
        assert.ok(kept[has].length >= (has === 'video' ? 50 : 100));
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
