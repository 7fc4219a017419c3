// What every way to read media must give of the same clips: as many frames, the same times to a microsecond, pixels within a tolerance
// that is stated, and the same errors. The system's FFmpeg makes the clips, and says what is in them.
//
// A back end joins by being listed in MEDIA_BACKENDS; what it cannot do it names in `lacks`, with the reason.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MediaBackend } from '../../../src/media/reader/media-backend.ts';
import type { AudioFrame, MediaFrame, VideoFrame } from '../../../src/media/reader/media-frame.ts';
import type { ReadOptions } from '../../../src/media/reader/media-reader.ts';
import type { VideoStreamInfo } from '../../../src/media/video/video-stream-info.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { referenceTimes } from '../reference-ffmpeg.ts';

/** Levels of 255: nothing but rounding lies between decoders of the same standard, and between those who turn and place chroma. */
const MEAN = 0.5;
const MOST = 6;

/** Samples of what coding put before and behind the sound, which not everybody takes away alike: one frame of AAC. */
const PADDING = 1024;

const TURNED = fileURLToPath(new URL('../../references/media/turn90.mp4', import.meta.url));

interface Clip {
  readonly name: string;
  readonly make: readonly string[];
  readonly info?: Partial<VideoStreamInfo>;
  /** The format whose numbers are those that are expected. */
  readonly reference?: string;
}

const source = (size: string, frames = 12): readonly string[] => ['-f', 'lavfi', '-i', `testsrc2=s=${size}:r=25:d=${frames / 25}`];
const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];
const untagged = ['-bsf:v', 'h264_metadata=colour_primaries=2:transfer_characteristics=2:matrix_coefficients=2'];

export const CLIPS: readonly Clip[] = [
  { name: 'b-frames.mp4', make: [...source('192x108', 30), '-c:v', 'libx264', '-bf', '3', '-pix_fmt', 'yuv420p'], info: { codec: 'h264' } },
  {
    name: 'uneven.mkv',
    make: [...source('192x108', 20), '-vf', "settb=1/1000,setpts='N*40+mod(N,3)*7'", '-fps_mode', 'passthrough', ...x264],
  },
  { name: 'bt709.mp4', make: [...source('192x108'), ...x264, '-colorspace', 'bt709', '-color_range', 'tv'], info: { matrix: 'bt709' } },
  {
    name: 'bt601.mp4',
    make: [...source('1280x720', 3), ...x264, '-colorspace', 'smpte170m', '-color_range', 'tv'],
    info: { matrix: 'bt601', range: 'limited' },
  },
  { name: 'untagged-hd.mp4', make: [...source('1280x720', 3), ...x264, ...untagged], info: { matrix: 'bt709', range: 'limited' } },
  { name: 'untagged-sd.mp4', make: [...source('192x108'), ...x264, ...untagged], info: { matrix: 'bt601', range: 'limited' } },
  {
    name: 'full-range.mp4',
    make: [...source('192x108'), ...x264, '-pix_fmt', 'yuvj420p'],
    info: { range: 'full' },
    reference: 'yuvj420p',
  },
  { name: 'odd.mkv', make: [...source('171x97'), '-c:v', 'libvpx', '-deadline', 'realtime', '-pix_fmt', 'yuv420p'] },
  { name: 'turned.mp4', make: ['-i', TURNED, '-c', 'copy'], info: { width: 48, height: 64, rotation: 270 } },
  { name: 'late.ts', make: [...source('192x108'), ...x264, '-output_ts_offset', '100'] },
  { name: 'fraction.mp4', make: ['-f', 'lavfi', '-i', 'testsrc2=s=192x108:r=30000/1001:d=0.5', ...x264] },
];

const SOUND = ['-f', 'lavfi', '-i', 'sine=440:r=44100:d=1'];

function ffmpeg(...args: readonly string[]): Buffer {
  const { status, stdout, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-y', ...args], { maxBuffer: 2 ** 28 });
  assert.equal(status, 0, `ffmpeg ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Writes every clip once. */
export function makeConformanceClips(folder: string): void {
  const at = (name: string): string => join(folder, name);
  for (const { name, make } of CLIPS) ffmpeg(...make, at(name));
  ffmpeg(...source('192x108', 25), ...SOUND, ...x264, '-c:a', 'aac', at('both.mp4'));
  ffmpeg(...SOUND, '-c:a', 'aac', at('sound.m4a'));
  ffmpeg(...SOUND, '-c:a', 'flac', at('sound.flac'));
  ffmpeg(...source('192x108', 25), ...x264, '-g', '5', '-movflags', '+faststart', at('whole.mp4'));
  const whole = readFileSync(at('whole.mp4'));
  writeFileSync(at('truncated.mp4'), whole.subarray(0, Math.floor(whole.length * 0.7)));
  writeFileSync(at('headless.mp4'), readFileSync(at('b-frames.mp4')).subarray(0, 2000));
  writeFileSync(at('garbage.mp4'), Buffer.from(Array.from({ length: 4000 }, (_, index) => (index * 193 + (index >> 3) * 41) & 255)));
  writeFileSync(at('empty.mp4'), '');
}

const references = new Map<string, { readonly times: readonly number[]; readonly pixels: Buffer }>();

/** What the system's FFmpeg makes of a clip, once for all back ends. */
function referenceOf(path: string, format: string): { readonly times: readonly number[]; readonly pixels: Buffer } {
  let known = references.get(path);
  if (known === undefined) {
    const pixels = ffmpeg('-i', path, '-fps_mode', 'passthrough', '-pix_fmt', format, '-f', 'rawvideo', '-');
    known = { times: referenceTimes(path), pixels };
    references.set(path, known);
  }
  return known;
}

/** Declares the tests of one back end. @param lacks What it cannot do, with the reason, by the test's name. */
export function conformsAs(backend: MediaBackend, folder: string, lacks: Readonly<Record<string, string>> = {}): void {
  const at = (name: string): string => join(folder, name);
  let arena: Arena;
  beforeEach(function () {
    const title = this.currentTest?.title ?? '';
    const reason = Object.entries(lacks).find(([name]) => title.includes(name))?.[1];
    if (reason !== undefined) {
      console.log(`      (${backend.name} ${reason})`);
      this.skip();
    }
    arena = Arena.create();
  });
  afterEach(() => assert.equal(arena?.statistics.slabsInUse ?? 0, 0, 'every slab is back'));

  const read = async (path: string, wishes: Pick<ReadOptions, 'video' | 'audio'>): Promise<Seen> => {
    const reader = await backend.open({ kind: 'file', path }, { arena, ...wishes });
    const seen: Seen = { video: [], audio: [], error: undefined };
    try {
      for (let frame = await reader.next(); frame !== undefined; frame = await reader.next()) keep(seen, arena, frame);
    } catch (error) {
      seen.error = error as Seen['error'];
    }
    await reader.close();
    return seen;
  };

  for (const { name, info, reference = 'yuv420p' } of CLIPS) {
    it(`gives the pictures of ${name}`, async () => {
      const { video, error } = await read(at(name), { video: {} });
      assert.equal(error, undefined);
      const { times, pixels } = referenceOf(at(name), reference);
      assert.equal(video.length, times.length, 'as many frames');
      for (const [index, { ptsUs }] of video.entries()) {
        assert.ok(Math.abs(ptsUs - times[index]!) <= 1, `frame ${index} at ${ptsUs}, not ${times[index]}`);
      }
      const found = Object.fromEntries(Object.keys(info ?? {}).map((key) => [key, video[0]!.info[key as keyof VideoStreamInfo]]));
      assert.deepEqual(found, info ?? {});
      alike(Buffer.concat(video.map((picture) => picture.pixels)), pixels);
    });
  }

  for (const name of ['sound.flac', 'sound.m4a']) {
    it(`gives the sound of ${name}`, async () => {
      const { audio, error } = await read(at(name), { audio: {} });
      assert.equal(error, undefined);
      assertRuns(audio);
      const raw = ffmpeg('-i', at(name), '-f', 'f32le', '-');
      const wanted = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
      const samples = joined(audio);
      assert.ok(Math.abs(samples.length - wanted.length) <= PADDING, `${samples.length} samples, not ${wanted.length}`);
      const both = Math.min(samples.length, wanted.length) - PADDING;
      const worst = wanted.subarray(0, both).reduce((most, value, index) => Math.max(most, Math.abs(value - samples[index]!)), 0);
      assert.ok(worst < 1e-3, `off by ${worst}`);
    });
  }

  it('gives sound at another rate, mixed, as integers', async () => {
    const { audio } = await read(at('sound.flac'), { audio: { rate: 16_000, channels: 1, format: 'S16', chunkUs: 100_000 } });
    assertRuns(audio);
    assert.deepEqual([audio[0]!.info.rate, audio[0]!.info.channels, audio[0]!.info.format], [16_000, 1, 'S16']);
    const count = audio.reduce((sum, { samples }) => sum + samples, 0);
    assert.ok(Math.abs(count - 16_000) <= 32, `${count} samples`);
  });

  it('gives pictures and sound of one file, on one time', async () => {
    const { video, audio, error } = await read(at('both.mp4'), { video: {}, audio: {} });
    assert.equal(error, undefined);
    assert.deepEqual(
      video.map(({ ptsUs }) => ptsUs),
      referenceTimes(at('both.mp4')),
    );
    assertRuns(audio);
    const count = audio.reduce((sum, { samples }) => sum + samples, 0);
    assert.ok(Math.abs(count - 44_100) <= PADDING, `${count} samples`);
  });

  it('passes over what is not there and not required', async () => {
    const { video, audio } = await read(at('sound.flac'), { video: { required: false }, audio: {} });
    assert.deepEqual([video.length, audio.length > 0], [0, true]);
  });

  it('gives what there is of a file that breaks off, and says so', async () => {
    const { video, error } = await read(at('truncated.mp4'), { video: {} });
    assert.ok(video.length >= 10 && video.length < 25, `${video.length} frames`);
    assert.equal(error?.code, 'media/truncated');
  });

  for (const [name, wishes, code] of [
    ['headless.mp4', { video: {} }, 'media/truncated'],
    ['garbage.mp4', { video: {} }, 'media/not-media'],
    ['empty.mp4', { video: {} }, 'media/empty'],
    ['missing.mp4', { video: {} }, 'media/not-found'],
    ['sound.m4a', { video: {} }, 'media/no-video'],
    ['bt709.mp4', { audio: {} }, 'media/no-audio'],
    ['bt709.mp4', { video: { stream: 3 } }, 'media/no-stream'],
  ] as const) {
    it(`says ${code} of ${name}`, async () => {
      await assert.rejects(backend.open({ kind: 'file', path: at(name) }, { arena, ...wishes }), { code });
    });
  }

  it('is closed with frames on their way', async () => {
    const reader = await backend.open({ kind: 'file', path: at('both.mp4') }, { arena, video: {}, audio: {}, maxFrames: 2 });
    (await reader.next())?.slab.release();
    await reader.close();
    assert.equal(await reader.next(), undefined);
  });
}

interface SeenPicture {
  readonly ptsUs: number;
  readonly pixels: Buffer;
  readonly info: VideoStreamInfo;
}

interface SeenSound extends Pick<AudioFrame, 'ptsUs' | 'durationUs' | 'samples' | 'discont' | 'info'> {
  readonly bytes: Buffer;
}

interface Seen {
  readonly video: SeenPicture[];
  readonly audio: SeenSound[];
  error: (Error & { readonly code?: string }) | undefined;
}

function keep({ video, audio }: Seen, arena: Arena, frame: MediaFrame): void {
  if (frame.kind === 'video') video.push({ ptsUs: frame.ptsUs, pixels: packed(arena, frame), info: frame.info });
  else {
    const { ptsUs, durationUs, samples, discont, info, slab } = frame;
    const bytes = Buffer.from(arena.bytes(slab.offset, samples * info.channels * (info.format === 'S16' ? 2 : 4)));
    audio.push({ ptsUs, durationUs, samples, discont, info, bytes });
  }
  frame.slab.release();
}

function packed(arena: Arena, { slab, layout }: VideoFrame): Buffer {
  const rows = layout.planes.flatMap(({ offset, stride, rows: count, rowBytes }) =>
    Array.from({ length: count }, (_, y) => arena.bytes(slab.offset + offset + y * stride, rowBytes)),
  );
  return Buffer.concat(rows);
}

function joined(audio: readonly SeenSound[]): Float32Array {
  const bytes = Buffer.concat(audio.map((one) => one.bytes));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** Each stretch begins where the one before it ends, to a microsecond. */
function assertRuns(audio: readonly SeenSound[]): void {
  let end = 0;
  for (const { ptsUs, durationUs, discont } of audio) {
    assert.ok(Math.abs(ptsUs - end) <= 1 && !discont, `at ${ptsUs}, not ${end}`);
    end = ptsUs + durationUs!;
  }
}

function alike(found: Buffer, wanted: Buffer): void {
  assert.equal(found.length, wanted.length);
  let sum = 0;
  let most = 0;
  for (let index = 0; index < wanted.length; index++) {
    const off = Math.abs(found[index]! - wanted[index]!);
    sum += off;
    if (off > most) most = off;
  }
  assert.ok(sum / wanted.length <= MEAN && most <= MOST, `pixels are off by ${(sum / wanted.length).toFixed(3)}, at most ${most}`);
}
