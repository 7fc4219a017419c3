import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { MediaError } from '../../../src/media/media-error.ts';
import { openVideoFile, probeVideoFile } from '../../../src/media/reader/open-media.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { makeClip, numberOf, type SeenFrame, temporaryFolder } from '../clip.ts';

interface Outcome {
  readonly frames: readonly SeenFrame[];
  /** The stable code of what went wrong; nothing when nothing did. */
  readonly code: string | undefined;
  readonly message: string;
  readonly corruptPackets: number;
}

describe('video decoder on bad input', () => {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder, name);

  const refused = async (path: string, code: string, text: RegExp) => {
    const complaint = (error: unknown) => {
      assert.ok(error instanceof MediaError, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, text);
      assert.ok(error.message.includes(path), 'the message names the file');
      return true;
    };
    const arena = Arena.create();
    await assert.rejects(openVideoFile(path, { arena }), complaint);
    await assert.rejects(probeVideoFile(path), complaint);
    assert.equal(arena.statistics.slabsInUse, 0);
  };

  describe('files that cannot be opened', () => {
    it('says that a file is missing', () => refused(at('nowhere.mp4'), 'media/not-found', /no such file/));

    it('says that a folder on the way is missing', () => refused(at('no/where.mp4'), 'media/not-found', /no such file/));

    it('says that a folder is no file', () => refused(folder, 'media/not-a-file', /folder/));

    it('says that a file is empty', () => {
      writeFileSync(at('empty.mp4'), '');
      return refused(at('empty.mp4'), 'media/empty', /empty/);
    });

    it('says that garbage is no video', () => {
      writeFileSync(at('garbage.mp4'), Buffer.from(Array.from({ length: 20_000 }, (_, i) => (i * 7919 + (i >> 3) * 31) & 255)));
      return refused(at('garbage.mp4'), 'media/not-media', /expected a video file/);
    });

    it('says that text is no video, whatever its name', () => {
      writeFileSync(at('letter.mp4'), 'Dear Sir or Madam,\n'.repeat(500));
      return refused(at('letter.mp4'), 'media/not-media', /expected a video file/);
    });

    it('opens no playlist or script, which could name any other file', async () => {
      writeFileSync(at('list.m3u8'), '#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n/etc/passwd\n#EXT-X-ENDLIST\n');
      await refused(at('list.m3u8'), 'media/not-media', /expected a video file/);
      writeFileSync(at('list.ffconcat'), `ffconcat version 1.0\nfile '${process.cwd()}/media/shapes.mp4'\n`);
      await refused(at('list.ffconcat'), 'media/not-media', /expected a video file/);
    });

    it('says that a sound holds no video', async () => {
      // A second of silence as WAV.
      const wav = Buffer.alloc(44 + 16_000);
      wav.write('RIFF', 0);
      wav.writeUInt32LE(36 + 16_000, 4);
      wav.write('WAVEfmt ', 8);
      wav.writeUInt32LE(16, 16);
      wav.writeUInt16LE(1, 20);
      wav.writeUInt16LE(1, 22);
      wav.writeUInt32LE(8000, 24);
      wav.writeUInt32LE(16_000, 28);
      wav.writeUInt16LE(2, 32);
      wav.writeUInt16LE(16, 34);
      wav.write('data', 36);
      wav.writeUInt32LE(16_000, 40);
      writeFileSync(at('silence.wav'), wav);
      await refused(at('silence.wav'), 'media/no-video', /no video stream \(its streams: pcm_s16le\)/);
    });

    it('says that there is no decoder for a codec', async () => {
      const { path } = await makeClip(at('codec.mkv'), { codec: 'mpeg4', frames: 3 });
      const bytes = readFileSync(path);
      const name = Buffer.from('V_MPEG4/ISO/ASP');
      const place = bytes.indexOf(name);
      assert.ok(place > 0);
      bytes.write('V_NOBODY/KNOWS/', place);
      writeFileSync(at('unknown.mkv'), bytes);
      await refused(at('unknown.mkv'), 'media/unknown-codec', /no decoder/);
    });

    it('says that this user may not read a file', async () => {
      writeFileSync(at('secret.mp4'), readFileSync('media/shapes.mp4').subarray(0, 1000));
      chmodSync(at('secret.mp4'), 0);
      if (process.geteuid?.() !== 0) return refused(at('secret.mp4'), 'media/permission-denied', /may not read/);
      // The superuser may read everything, so that somebody else has to try.
      chmodSync(folder, 0o755);
      process.seteuid?.(65_534);
      try {
        await assert.rejects(openVideoFile(at('secret.mp4'), { arena: Arena.create() }), { code: 'media/permission-denied' });
      } finally {
        process.seteuid?.(0);
      }
    });

    it('takes names that look like addresses for names', async () => {
      mkdirSync(at('http:'), { recursive: true });
      const { path } = await makeClip(at('http:/clip|x?y#z %41.mp4'), { frames: 2 });
      assert.equal((await play(path)).frames.length, 2);
    });
  });

  describe('files that break off', () => {
    for (const [name, codec, fragmented] of [
      ['cut.mp4', 'h264', false],
      ['cut-fragmented.mp4', 'h264', true],
      ['cut.mkv', 'h264', false],
      ['cut.webm', 'vp9', false],
      ['cut.avi', 'mpeg4', false],
      ['cut.ts', 'h264', false],
    ] as const) {
      it(`delivers what there is of ${name}, then says so`, async function () {
        this.timeout(60_000);
        const { path } = await makeClip(at(name), { codec, frames: 30, keyInterval: 10, fragmented });
        const whole = readFileSync(path);
        let most = 0;
        for (const part of [0.004, 0.05, 0.3, 0.5, 0.7, 0.9, 0.995]) {
          // An odd length never ends at a transport packet, where nobody could tell.
          writeFileSync(at(`part-${name}`), whole.subarray(0, Math.floor(whole.length * part) | 1));
          const { frames, code, message } = await play(at(`part-${name}`));
          assert.ok(code === 'media/truncated' || (part < 0.1 && code === 'media/not-media'), `${part}: ${code} ${message}`);
          if (code === 'media/truncated') assert.match(message, /breaks off/);
          assert.ok(frames.length >= most, `${part}: ${frames.length} frames, ${most} before`);
          most = Math.max(most, frames.length);
          for (const { number, ptsUs, corrupt } of frames) if (!corrupt) assert.equal(ptsUs, number * 40_000);
          assert.ok(frames.every(({ ptsUs }, i) => i === 0 || ptsUs > frames[i - 1]!.ptsUs));
        }
        assert.ok(most >= 28, `${most} of 30 frames from almost all of the file`);
        const all = await play(path);
        assert.deepEqual([all.frames.length, all.code], [30, undefined]);
      });
    }

    it('says what is missing when the index at the end is', async () => {
      const whole = readFileSync('media/shapes.mp4');
      // The same bytes, but nothing that goes by the name of an index.
      const bytes = Buffer.from(whole);
      bytes.write('junk', bytes.indexOf('moov'));
      writeFileSync(at('no-index.mp4'), bytes);
      await refused(at('no-index.mp4'), 'media/truncated', /no index \(moov box\)/);
    });
  });

  describe('damaged files', () => {
    it('marks damaged frames and counts damaged packets, and goes on', async () => {
      const { path } = await makeClip(at('damaged.mp4'), { frames: 40, keyInterval: 10, width: 320, height: 240 });
      const bytes = readFileSync(path);
      const begin = bytes.indexOf('mdat') + 2000;
      for (let i = begin; i < bytes.length - 2000; i += 997) bytes[i] = bytes[i]! ^ 0x55;
      writeFileSync(at('damaged-2.mp4'), bytes);
      const { frames, code, corruptPackets } = await play(at('damaged-2.mp4'));
      assert.equal(code, undefined);
      const corrupt = frames.filter((frame) => frame.corrupt).length;
      assert.ok(corrupt + corruptPackets > 0, 'damage is seen');
      assert.ok(frames.length + corruptPackets >= 40, `${frames.length} frames and ${corruptPackets} bad packets of 40`);
      assert.ok(frames.every(({ ptsUs }, i) => i === 0 || ptsUs > frames[i - 1]!.ptsUs));
      frames.forEach((frame, i) => {
        const gap = i > 0 && frame.ptsUs - frames[i - 1]!.ptsUs > 40_000;
        if (gap) assert.ok(corruptPackets > 0);
      });
    });

    it('says that nothing could be decoded when nothing could', async () => {
      const { path } = await makeClip(at('void.mp4'), { frames: 5 });
      const bytes = readFileSync(path);
      bytes.fill(0, bytes.indexOf('mdat') + 4);
      writeFileSync(at('void-2.mp4'), bytes);
      const { frames, code } = await play(at('void-2.mp4'));
      assert.deepEqual([frames.length, code], [0, 'media/corrupt']);
    });

    it('survives any change of bytes', async function () {
      this.timeout(120_000);
      const clips = await Promise.all(
        (
          [
            ['fuzz.mp4', 'h264'],
            ['fuzz.mkv', 'vp9'],
            ['fuzz.ts', 'hevc'],
            ['fuzz.avi', 'mpeg4'],
            ['fuzz.webm', 'vp8'],
          ] as const
        ).map(([name, codec]) => makeClip(at(name), { codec, frames: 8 })),
      );
      let random = 12_345;
      const next = (below: number) => {
        random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
        return Math.floor((random / 2 ** 32) * below);
      };
      const codes = new Map<string, number>();
      for (let round = 0; round < 40; round++) {
        const bytes = readFileSync(clips[round % clips.length]!.path);
        const changes = 1 + next(40);
        // Every other round damages heads, where the structure is.
        for (let i = 0; i < changes; i++) bytes[next(round % 2 === 0 ? bytes.length : 600)] = next(256);
        const path = at(`fuzzed-${round % clips.length}`);
        writeFileSync(path, bytes);
        const { code = 'none', frames } = await play(path);
        assert.match(code, /^(none|media\/(corrupt|truncated|not-media|no-video|unknown-codec|unreadable|conversion))$/);
        assert.ok(frames.length <= 200);
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }
      assert.ok((codes.get('none') ?? 0) > 5, 'some survive');
      assert.ok(codes.size > 2, `several kinds of failure: ${[...codes.keys()]}`);
    });
  });
});

/** Plays a file to its end or its failure, and sees to it that nothing stays behind. */
async function play(path: string): Promise<Outcome> {
  const arena = Arena.create();
  const frames: SeenFrame[] = [];
  let failure: MediaError | undefined;
  let corruptPackets = 0;
  try {
    const decoder = await openVideoFile(path, { arena, maxFrames: 4 });
    try {
      for (let frame = await decoder.next(); frame !== undefined; frame = await decoder.next()) {
        const { layout, ptsUs, corrupt, discont, epoch, keyFrame } = frame;
        const { width, height, format } = layout;
        const number = width >= 160 && height >= 16 ? numberOf(arena, frame) : -1;
        frames.push({ number, ptsUs, width, height, format, corrupt, discont, epoch, keyFrame });
        frame.slab.release();
      }
    } finally {
      corruptPackets = decoder.statistics.corruptPackets;
      await decoder.close();
    }
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    failure = error;
  }
  assert.equal(arena.statistics.slabsInUse, 0);
  return { frames, code: failure?.code, message: failure?.message ?? '', corruptPackets };
}
