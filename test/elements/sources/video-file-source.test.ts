import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { caps } from '../../../src/core/caps/caps.ts';
import { AbortedError, ElementError } from '../../../src/core/errors.ts';
import { frameToTensor } from '../../../src/elements/preprocess/frame-to-tensor.ts';
import { letterbox } from '../../../src/elements/preprocess/letterbox.ts';
import { videoFileSource } from '../../../src/elements/sources/video-file-source.ts';
import { frameLayout, type VideoFormat } from '../../../src/media/frame-layout.ts';
import { makeClip, temporaryFolder } from '../../media/clip.ts';
import { BITS, SQUARE } from '../../media/draw-frame.ts';
import { needsFfmpeg } from '../../media/reference-ffmpeg.ts';
import { type Kept, keepingSink } from '../../support/frame-source.ts';
import { settled, testPipeline } from '../../support/test-pipeline.ts';

/** The number that a frame of a test clip bears. */
function numberIn({ bytes, caps: { fields } }: Kept): number {
  const { stride } = frameLayout(fields['format'] as VideoFormat, fields['width'] as number, fields['height'] as number).planes[0]!;
  return Array.from({ length: BITS }, (_, bit) => (bytes[(SQUARE / 2) * stride + bit * SQUARE + SQUARE / 2]! > 126 ? 1 << bit : 0)).reduce(
    (a, b) => a + b,
  );
}

describe('video-file-source', () => {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder, name);

  const playing = (path: string, props: object = {}, hold?: () => void | Promise<void>) => {
    const kept: Kept[] = [];
    const made = testPipeline([videoFileSource, keepingSink('screen', kept, 'any', hold)], {
      elements: { 'video-file-source': { props: { path, ...props } } },
      links: ['video-file-source ! screen'],
    });
    return { ...made, kept };
  };

  before(async () => {
    await makeClip(at('clip.mp4'), { frames: 30 });
  });

  describe('data', () => {
    it('gives every frame once, in order, with what is known of it', async () => {
      const { pipeline, kept, assertClean } = playing(at('clip.mp4'));
      await pipeline.run();
      assert.deepEqual(
        kept.map(numberIn),
        Array.from({ length: 30 }, (_, i) => i),
      );
      assert.deepEqual(
        kept.map(({ pts, buffer }) => [pts, buffer.duration, buffer.sequence, buffer.source, buffer.epoch]),
        Array.from({ length: 30 }, (_, i) => [i * 40_000, 40_000, i, 'video-file-source', 0]),
      );
      assert.deepEqual(kept[0]!.caps.fields, { format: 'I420', width: 192, height: 96 });
      assert.deepEqual(kept[0]!.caps.info, { matrix: 'bt601', range: 'limited', frameRate: 25 });
      assertClean();
    });

    it('is read in a process of its own where that is asked for, with the same frames, and tells who reads', async function () {
      this.timeout(30_000);
      needsFfmpeg(this);
      const { pipeline, kept, messages, assertClean } = playing(at('clip.mp4'), { isolate: true });
      await pipeline.run();
      assert.deepEqual(
        kept.map((one) => [numberIn(one), one.pts]),
        Array.from({ length: 30 }, (_, i) => [i, i * 40_000]),
      );
      assert.match(JSON.stringify(messages), /ffmpeg: of the ways that cost less, node-av: it reads in this process/);
      // It was asked for.
      assert.ok(messages.every((message) => !('code' in message) || message.code !== 'media/other-backend'));
      assertClean();
    });

    it('turns frames upright', async () => {
      for (const turn of [90, 180, 270]) {
        const { pipeline, kept } = playing(`test/references/media/turn${turn}.mp4`);
        await pipeline.run();
        const { width, height, format } = kept[0]!.caps.fields;
        assert.deepEqual([width, height, format], turn === 180 ? [64, 48, 'I420'] : [48, 64, 'I420']);
        // FFmpeg's own upright picture, without padding of its rows.
        const expected = readFileSync(`test/references/media/turn${turn}.i420`);
        const { planes } = frameLayout('I420', width as number, height as number);
        const found = planes.flatMap(({ offset, stride, rows, rowBytes }) =>
          Array.from({ length: rows }, (_, y) => Buffer.from(kept[0]!.bytes.subarray(offset + y * stride, offset + y * stride + rowBytes))),
        );
        assert.ok(Buffer.concat(found).equals(expected), `turn ${turn}`);
      }
    });

    it('hands grey and NV12 on as they are', async () => {
      for (const [file, format] of [
        ['gray.mkv', 'GRAY8'],
        ['nv12.mkv', 'NV12'],
        ['yuv444p.mkv', 'I420'],
      ] as const) {
        const { pipeline, kept } = playing(`test/references/media/${file}`);
        await pipeline.run();
        assert.equal(kept[0]!.caps.fields['format'], format, file);
      }
    });

    it('reads other containers and codecs', async () => {
      for (const [name, codec] of [
        ['a.webm', 'vp9'],
        ['b.avi', 'mjpeg'],
      ] as const) {
        await makeClip(at(name), { frames: 4, codec });
        const { pipeline, kept, assertClean } = playing(at(name));
        await pipeline.run();
        assert.deepEqual(kept.map(numberIn), [0, 1, 2, 3], `${codec} in ${name}`);
        assertClean();
      }
    });

    it('negotiates anew when the size changes in mid-stream', async () => {
      // One stream after the other, whose times begin anew.
      await makeClip(at('small.ts'), { frames: 6 });
      await makeClip(at('large.ts'), { frames: 6, width: 320, height: 240, time: (i) => (i + 6) * 40_000 });
      writeFileSync(at('both.ts'), Buffer.concat([readFileSync(at('small.ts')), readFileSync(at('large.ts'))]));
      const kept: Kept[] = [];
      const { pipeline, assertClean } = testPipeline(
        [videoFileSource, letterbox, keepingSink('model', kept, caps('tensor', { shape: [3, 64, 64] }))],
        {
          elements: { 'video-file-source': { props: { path: at('both.ts') } } },
          links: ['video-file-source ! letterbox ! model'],
        },
      );
      await pipeline.run();
      assert.deepEqual(
        kept.map(({ geometry }) => geometry?.frame.width),
        [...Array(6).fill(192), ...Array(6).fill(320)],
      );
      assert.deepEqual(kept[11]!.geometry?.affine, { sx: 0.2, sy: 0.2, tx: 0, ty: 8 });
      assertClean();
    });
  });

  describe('timing', () => {
    it('keeps uneven times', async () => {
      const time = (i: number) => [0, 7, 40_001, 100_000, 100_033][i] ?? i * 50_000;
      await makeClip(at('uneven.mp4'), { frames: 8, time });
      const { pipeline, kept } = playing(at('uneven.mp4'));
      await pipeline.run();
      assert.deepEqual(
        kept.map(({ pts }) => pts),
        Array.from({ length: 8 }, (_, i) => time(i)),
      );
    });

    it('plays on from the start with `loop`, in rising times and epochs, until it is stopped', async () => {
      await makeClip(at('short.mp4'), { frames: 5 });
      const made = playing(at('short.mp4'), { loop: true }, () => {
        if (made.kept.length === 17) made.pipeline.stop();
      });
      await made.pipeline.run();
      const first = made.kept.slice(0, 17);
      assert.deepEqual(
        first.map(numberIn),
        Array.from({ length: 17 }, (_, i) => i % 5),
      );
      assert.deepEqual(
        first.map(({ pts }) => pts),
        Array.from({ length: 17 }, (_, i) => i * 40_000),
      );
      assert.deepEqual(
        first.map(({ buffer }) => buffer.epoch),
        Array.from({ length: 17 }, (_, i) => Math.floor(i / 5)),
      );
      made.assertClean();
    });
  });

  describe('backpressure', () => {
    it('decodes no more frames than its pool holds while nobody takes them', async () => {
      let release = (): void => {};
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      const { pipeline, arena, kept, assertClean } = playing(at('clip.mp4'), {}, () => gate);
      const running = pipeline.run();
      for (let turn = 0; kept.length < 1 && turn < 10_000; turn++) await settled(1);
      await settled(200);
      // One with the sink, four ahead, three on their way between, and the pools' accounts.
      assert.ok(arena.statistics.slabsInUse <= 4 + 4 + 2, `${arena.statistics.slabsInUse} slabs`);
      release();
      await running;
      assert.equal(kept.length, 30);
      assertClean();
    });

    it('takes no more memory over many frames', async function () {
      this.timeout(20_000);
      const made = playing(at('clip.mp4'), { loop: true }, () => {
        if (made.kept.length === 900) made.pipeline.stop();
        // Copies of frames are the test's own.
        made.kept[made.kept.length - 2] = undefined as never;
      });
      await made.pipeline.run();
      const frame = frameLayout('I420', 192, 96).bytes;
      assert.ok(made.arena.statistics.bytesCut < 12 * 1.3 * frame, `${made.arena.statistics.bytesCut} bytes`);
      made.assertClean();
    });

    it('enters its threads in the budget while it is open', async () => {
      const made = playing(at('clip.mp4'), { threads: 2 });
      await made.pipeline.open();
      assert.deepEqual(made.budget.report().claims, [{ name: 'video-file-source', threads: 2 }]);
      await made.pipeline.close();
      assert.deepEqual(made.budget.report().claims, []);
    });
  });

  describe('eos, stop and abort', () => {
    it('runs as often as one likes', async () => {
      const { pipeline, kept, assertClean } = playing(at('clip.mp4'));
      for (let run = 0; run < 3; run++) await pipeline.run();
      assert.deepEqual(
        kept.map(numberIn),
        Array.from({ length: 90 }, (_, i) => i % 30),
      );
      assertClean();
    });

    it('stops after any frame, and delivers what it gave', async () => {
      for (const after of [1, 2, 7, 29]) {
        const made = playing(at('clip.mp4'), {}, () => {
          if (made.kept.length === after) made.pipeline.stop();
        });
        await made.pipeline.run();
        assert.ok(made.kept.length >= after && made.kept.length <= after + 8, `${made.kept.length} frames`);
        made.assertClean();
      }
    });

    it('is aborted while opening and at any frame, and leaves nothing behind', async () => {
      const opening = playing(at('clip.mp4'));
      const outcome = assert.rejects(opening.pipeline.run(), AbortedError);
      opening.pipeline.abort();
      await outcome;
      assert.equal(opening.arena.statistics.slabsInUse, 0);
      for (const after of [1, 5, 20]) {
        const made = playing(at('clip.mp4'), {}, () => {
          if (made.kept.length === after) made.pipeline.abort();
        });
        await assert.rejects(made.pipeline.run(), AbortedError);
        assert.equal(made.arena.statistics.slabsInUse, 0);
      }
    });
  });

  describe('errors', () => {
    const refused = async (path: string, code: string, text: RegExp) => {
      const { pipeline, arena, budget } = playing(path);
      await assert.rejects(pipeline.run(), (error: unknown) => {
        assert.ok(error instanceof ElementError, String(error));
        assert.deepEqual([error.code, error.element], [code, 'video-file-source']);
        assert.match(error.message, text);
        return true;
      });
      assert.equal(arena.statistics.slabsInUse, 0);
      assert.deepEqual(budget.report().claims, []);
    };

    it('says what is wrong with a file that cannot be opened', async () => {
      writeFileSync(at('empty.mp4'), '');
      writeFileSync(at('letter.mp4'), 'Dear Sir or Madam,\n'.repeat(500));
      mkdirSync(at('folder.mp4'));
      await refused(at('nowhere.mp4'), 'media/not-found', /nowhere\.mp4/);
      await refused(at('empty.mp4'), 'media/empty', /empty/);
      await refused(at('letter.mp4'), 'media/not-media', /expected a video file/);
      await refused(at('folder.mp4'), 'media/not-a-file', /folder/);
    });

    it('delivers what could be decoded of a file that breaks off, and then fails', async () => {
      await makeClip(at('whole.mkv'), { frames: 40, keyInterval: 10 });
      writeFileSync(at('cut.mkv'), readFileSync(at('whole.mkv')));
      truncateSync(at('cut.mkv'), Math.floor(readFileSync(at('whole.mkv')).length * 0.6));
      const { pipeline, kept, heard, assertClean } = playing(at('cut.mkv'), {}, () => settled(2));
      await assert.rejects(pipeline.run(), { code: 'media/truncated', message: /cut\.mkv/ });
      const numbers = kept.map(numberIn);
      assert.ok(numbers.length >= 10 && numbers.length < 40, `${numbers.length} frames`);
      assert.deepEqual(
        numbers,
        numbers.map((_, i) => i),
      );
      assert.deepEqual(
        heard('error').map(({ error }) => error.code),
        ['media/truncated'],
      );
      assert.deepEqual(
        heard('eos').map(({ element }) => element),
        ['screen'],
      );
      assertClean();
    });

    it('says that downstream cannot follow a change of size', async () => {
      const kept: Kept[] = [];
      const { pipeline, arena } = testPipeline(
        [videoFileSource, frameToTensor, keepingSink('model', kept, caps('tensor', { shape: [3, 96, 192] }))],
        {
          elements: { 'video-file-source': { props: { path: at('both.ts') } } },
          links: ['video-file-source ! frame-to-tensor ! model'],
        },
      );
      await assert.rejects(pipeline.run(), /shape .*×240×320 does not fit 3×96×192/);
      assert.equal(kept.length, 6);
      assert.equal(arena.statistics.slabsInUse, 0);
    });
  });
});
