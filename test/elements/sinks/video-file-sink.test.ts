import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { anyMedia, sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import { AbortedError } from '../../../src/core/errors.ts';
import { tee } from '../../../src/elements/flow/tee.ts';
import { videoFileSink } from '../../../src/elements/sinks/video-file-sink.ts';
import { videoFileSource } from '../../../src/elements/sources/video-file-source.ts';
import { videoTestSource } from '../../../src/elements/sources/video-test-source.ts';
import { openVideoFile, probeVideoFile } from '../../../src/media/reader/open-media.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { makeClip, readFrames } from '../../media/clip.ts';
import { fillPlane, frameSource, type TestFrame } from '../../support/frame-source.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { filter } from '../../support/tiny-element.ts';

type Props = Record<string, unknown>;

describe('video-file-sink', () => {
  const at = temporaryFolder();

  /** A test source into a film. */
  const filming = (name: string, props: Props = {}, source: Props = {}) =>
    testPipeline([videoTestSource, videoFileSink], {
      elements: {
        'video-test-source': { props: { width: 160, height: 96, count: 12, ...source } },
        'video-file-sink': { props: { path: at(name), preset: 'ultrafast', ...props } },
      },
      links: ['video-test-source ! video-file-sink'],
    });

  /** Frames into a film. */
  const showing = (name: string, frames: readonly TestFrame[], before?: (index: number) => void | Promise<void>) =>
    testPipeline([frameSource('frames', frames, before), videoFileSink], {
      elements: { 'video-file-sink': { props: { path: at(name), preset: 'ultrafast', quality: 5 } } },
      links: ['frames ! video-file-sink'],
    });

  const leftovers = (): string[] => readdirSync(at()).sort();

  /** Mean luma in the middle of each frame of a film, and their times. */
  async function look(name: string): Promise<{ luma: number; pts: number; width: number; height: number }[]> {
    const arena = Arena.create();
    const decoder = await openVideoFile(at(name), { arena });
    const seen = [];
    for (let frame = await decoder.next(); frame !== undefined; frame = await decoder.next()) {
      const { stride } = frame.layout.planes[0]!;
      const { width, height } = frame.layout;
      const [luma] = arena.bytes(frame.slab.offset + (height >> 1) * stride + (width >> 1), 1);
      seen.push({ luma: luma!, pts: frame.ptsUs, width, height });
      frame.slab.release();
    }
    await decoder.close();
    assert.equal(arena.statistics.slabsInUse, 0);
    return seen;
  }

  const flat = (luma: number, more: Partial<TestFrame> = {}): TestFrame => ({
    width: 64,
    height: 48,
    draw: (bytes, layout) => {
      for (const plane of layout.planes.keys()) fillPlane(bytes, layout, plane, [plane === 0 ? luma : 128]);
    },
    ...more,
  });

  describe('data', () => {
    it('keeps every frame at its time, through a whole transcoding', async () => {
      const time = (i: number) => [0, 7, 40_001, 100_000, 100_033][i] ?? i * 50_000;
      await makeClip(at('in.mp4'), { frames: 25, time });
      const { pipeline, assertClean } = testPipeline([videoFileSource, videoFileSink], {
        elements: { 'video-file-source': { props: { path: at('in.mp4') } }, 'video-file-sink': { props: { path: at('out.mp4') } } },
        links: ['video-file-source ! video-file-sink'],
      });
      await pipeline.run();
      assertClean();
      const arena = Arena.create();
      const decoder = await openVideoFile(at('out.mp4'), { arena });
      const seen = await readFrames(arena, decoder);
      await decoder.close();
      assert.deepEqual(
        seen.map(({ number, ptsUs }) => [number, ptsUs]),
        Array.from({ length: 25 }, (_, i) => [i, time(i)]),
      );
    });

    it('writes what its name and its props ask for, and says what it was', async () => {
      for (const [name, props, codec, encoder] of [
        ['a.mp4', {}, 'h264', 'libx264'],
        ['a.mkv', { codec: 'hevc' }, 'hevc', 'libx265'],
        ['a.webm', {}, 'vp9', 'libvpx-vp9'],
      ] as const) {
        const { pipeline, heard, assertClean } = filming(name, props);
        await pipeline.run();
        const info = await probeVideoFile(at(name));
        assert.deepEqual([info.codec, info.width, info.height], [codec, 160, 96]);
        const notes = heard('element').map(({ name: note, value }) => [note, value]);
        assert.deepEqual(notes, [
          ['output', at(name)],
          ['encoder', encoder],
        ]);
        assertClean();
      }
    });

    it('spends less time on large frames unless it is told to', async () => {
      const bytesOf = async (name: string, props: Props): Promise<number> => {
        await filming(name, { preset: undefined, ...props }, { width: 1280, height: 720, pattern: 'noise', count: 2 }).pipeline.run();
        return readFileSync(at(name)).length;
      };
      const auto = await bytesOf('auto.mp4', {});
      assert.equal(auto, await bytesOf('fast.mp4', { preset: 'ultrafast' }));
      assert.notEqual(auto, await bytesOf('slow.mp4', { preset: 'veryfast' }));
    });

    it('takes frames of other formats, in odd sizes too', async () => {
      for (const format of ['RGB', 'GRAY8'] as const) {
        const { pipeline, assertClean } = filming(`${format}.mp4`, {}, { format, width: 101, height: 67, count: 3 });
        await pipeline.run();
        const { width, height, frameCount } = await probeVideoFile(at(`${format}.mp4`));
        assert.deepEqual([width, height, frameCount], [102, 68, 3], format);
        assertClean();
      }
    });

    it('letterboxes frames of another size, format or range into the first', async () => {
      const { pipeline, assertClean } = showing('mixed.mp4', [
        flat(200),
        flat(100, { width: 128, height: 48 }),
        flat(255, { format: 'GRAY8' }),
        flat(255, { info: { range: 'full' } }),
        flat(60),
      ]);
      await pipeline.run();
      assertClean();
      const seen = await look('mixed.mp4');
      assert.deepEqual(
        seen.map(({ width, height }) => `${width}×${height}`),
        Array(5).fill('64×48'),
      );
      for (const [index, luma] of [200, 100, 235, 235, 60].entries())
        assert.ok(Math.abs(seen[index]!.luma - luma) <= 3, `frame ${index}: ${seen[index]!.luma} for ${luma}`);
    });
  });

  describe('timing', () => {
    it('goes on behind what there is when a source begins anew', async () => {
      const moments = [
        [0, 0],
        [10_000, 0],
        [20_000, 0],
        [0, 1],
        [10_000, 1],
      ] as const;
      const { pipeline } = showing(
        'anew.mp4',
        moments.map(([pts, epoch]) => flat(100, { pts, epoch })),
      );
      await pipeline.run();
      assert.deepEqual(
        (await look('anew.mp4')).map(({ pts }) => pts),
        [0, 10_000, 20_000, 30_000, 40_000],
      );
    });

    it('refuses times that fall back, and leaves no file', async () => {
      const pads = { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) };
      const backward = filter('backward', (buffer) => buffer.derive({ pts: 100_000 - buffer.pts }), { pads });
      const { pipeline, arena } = testPipeline([frameSource('frames', [flat(1), flat(1)]), backward, videoFileSink], {
        elements: { 'video-file-sink': { props: { path: at('back.mp4') } } },
        links: ['frames ! backward ! video-file-sink'],
      });
      await assert.rejects(pipeline.run(), { code: 'media/not-monotonic' });
      assert.deepEqual(leftovers(), []);
      assert.equal(arena.statistics.slabsInUse, 0);
    });
  });

  describe('backpressure', () => {
    it('holds a bounded number of frames', async () => {
      let most = 0;
      const made = showing(
        'many.mp4',
        Array.from({ length: 150 }, (_, i) => flat(i)),
        () => {
          most = Math.max(most, made.arena.statistics.slabsInUse);
        },
      );
      await made.pipeline.run();
      // Its queue, what the encoder takes, and one in the source's hands.
      assert.ok(most <= 16 + 6 + 2, `${most} slabs`);
      assert.equal((await probeVideoFile(at('many.mp4'))).frameCount, 150);
      made.assertClean();
    });

    it('enters its thread in the budget from the first frame to the end', async () => {
      const claims: unknown[] = [];
      const made = showing('budget.mp4', [flat(1), flat(2)], () => {
        claims.push(made.budget.report().claims);
      });
      await made.pipeline.run();
      assert.deepEqual(claims[0], [{ name: 'video-file-sink', threads: 1 }]);
      assert.deepEqual(made.budget.report().claims, []);
    });
  });

  describe('eos and abort', () => {
    it('says that it has ended when the file is in its place, and not before', async () => {
      const { pipeline } = filming('place.mp4');
      const there: boolean[] = [];
      pipeline.bus.on('eos', () => there.push(existsSync(at('place.mp4'))));
      await pipeline.run();
      assert.deepEqual(there, [true]);
      assert.deepEqual(leftovers(), ['place.mp4']);
    });

    it('replaces an older file only when the new one is whole', async () => {
      writeFileSync(at('old.mp4'), 'what was here before');
      const aborted = showing(
        'old.mp4',
        Array.from({ length: 50 }, () => flat(9)),
        (index) => {
          if (index === 30) aborted.pipeline.abort();
        },
      );
      await assert.rejects(aborted.pipeline.run(), AbortedError);
      assert.equal(readFileSync(at('old.mp4'), 'utf8'), 'what was here before');
      assert.deepEqual(leftovers(), ['old.mp4']);
      assert.equal(aborted.arena.statistics.slabsInUse, 0);
      assert.deepEqual(aborted.budget.report().claims, []);
    });

    it('leaves no half file when it is aborted at any moment', async () => {
      for (const moment of [0, 1, 10]) {
        const made = showing(
          'half.mp4',
          Array.from({ length: 50 }, () => flat(9)),
          (index) => {
            if (index === moment) made.pipeline.abort();
          },
        );
        await assert.rejects(made.pipeline.run(), AbortedError);
        assert.deepEqual(leftovers(), []);
        assert.equal(made.arena.statistics.slabsInUse, 0);
      }
    });

    it('finishes what it has when the pipeline is stopped', async () => {
      const made = showing(
        'stopped.mp4',
        Array.from({ length: 50 }, () => flat(9)),
        (index) => {
          if (index === 20) made.pipeline.stop();
        },
      );
      await made.pipeline.run();
      assert.ok((await probeVideoFile(at('stopped.mp4'))).frameCount! >= 20);
      made.assertClean();
    });

    it('writes the film anew in every run', async () => {
      const { pipeline, assertClean } = filming('again.mp4', {}, { count: 7 });
      for (let run = 0; run < 3; run++) {
        await pipeline.run();
        assert.equal((await probeVideoFile(at('again.mp4'))).frameCount, 7);
      }
      assertClean();
    });
  });

  describe('errors', () => {
    const fails = async (name: string, code: string, text: RegExp, props: Props = {}) => {
      const { pipeline, arena, budget } = filming(name, props);
      await assert.rejects(pipeline.run(), { code, message: text, element: 'video-file-sink' });
      assert.equal(arena.statistics.slabsInUse, 0);
      assert.deepEqual(budget.report().claims, []);
    };

    it('makes the folders it needs, or says that they are missing', async () => {
      await filming('new/er/film.mp4').pipeline.run();
      assert.ok(existsSync(at('new/er/film.mp4')));
      await fails('none/film.mp4', 'media/folder-missing', /folder does not exist/, { mkdir: false });
      writeFileSync(at('file'), '');
      await fails('file/film.mp4', 'media/folder-missing', /is a file, not a folder/);
    });

    it('says what it cannot write', async () => {
      await fails('film.xyz', 'media/unknown-container', /\.mp4/);
      await fails('film.webm', 'media/codec-mismatch', /webm files hold/, { codec: 'h264' });
      mkdirSync(at('film.mp4'));
      await fails('film.mp4', 'media/is-folder', /folder/);
    });

    it('says that this user may not write there', async () => {
      mkdirSync(at('locked'));
      chmodSync(at('locked'), 0o555);
      const superuser = process.geteuid?.() === 0;
      if (superuser) {
        // The superuser may write everywhere, so that somebody else has to try.
        chmodSync(at(), 0o755);
        process.seteuid?.(65_534);
      }
      try {
        await fails('locked/film.mp4', 'media/permission-denied', /may not/);
      } finally {
        if (superuser) process.seteuid?.(0);
      }
    });

    it('says that the disk is full, and leaves nothing on it', async function () {
      mkdirSync(at('disk'));
      if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', at('disk')]).status !== 0) {
        console.log('      (no small disk can be mounted here)');
        this.skip();
      }
      try {
        const { pipeline, arena } = filming('disk/full.mp4', { quality: 1 }, { pattern: 'noise', count: 60, width: 320, height: 240 });
        await assert.rejects(pipeline.run(), { code: 'media/disk-full', message: /no space left/ });
        assert.deepEqual(readdirSync(at('disk')), []);
        assert.equal(arena.statistics.slabsInUse, 0);
      } finally {
        spawnSync('umount', [at('disk')]);
      }
    });

    it('does not write over what another element reads or writes, whatever the path is called', async () => {
      await makeClip(at('clip.mp4'), { frames: 3 });
      symlinkSync(at('clip.mp4'), at('link.mp4'));
      const before = readFileSync(at('clip.mp4'));
      const over = testPipeline([videoFileSource, videoFileSink], {
        elements: { 'video-file-source': { props: { path: at('clip.mp4') } }, 'video-file-sink': { props: { path: at('link.mp4') } } },
        links: ['video-file-source ! video-file-sink'],
      });
      await assert.rejects(over.pipeline.run(), { code: 'media/same-file' });
      assert.ok(readFileSync(at('clip.mp4')).equals(before));
      const both = testPipeline([videoTestSource, tee, { ...videoFileSink, name: 'one' }, { ...videoFileSink, name: 'two' }], {
        elements: { one: { props: { path: at('same.mp4') } }, two: { props: { path: at('same.mp4') } } },
        links: ['video-test-source ! tee ! one', 'tee ! two'],
      });
      await assert.rejects(both.pipeline.run(), { code: 'media/same-file' });
    });
  });
});
