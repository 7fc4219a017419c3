// Decodes through FFmpeg in a process of its own: what stands in where node-av is not installed. Frames come as I420 by a pipe, their
// times by another; every frame is copied once more than in process. One size for the whole file: FFmpeg scales what differs.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { Pool } from '../../memory/pool.ts';
import type { Slab } from '../../memory/slab.ts';
import { packedBytes, unpackRows } from '../copy-payload.ts';
import { type FrameLayout, frameLayout } from '../frame-layout.ts';
import { MediaError } from '../media-error.ts';
import { checkReadable } from '../reader/check-readable.ts';
import type { VideoFrame } from '../reader/media-frame.ts';
import { type FileInput, playsOf } from '../reader/media-input.ts';
import { checkReadOptions, type MediaReader, type MediaStatistics, type ReadOptions } from '../reader/media-reader.ts';
import type { VideoStreamInfo } from '../video/video-stream-info.ts';
import { readBanner } from './ffmpeg-banner.ts';
import { findFfmpeg } from './find-ffmpeg.ts';
import { FrameTimes } from './frame-times.ts';

/** Microseconds, exact, one line a frame on the third pipe. */
const PRINT_TIMES = 'settb=1/1000000,metadata=add:key=k:value=1,metadata=print:file=pipe\\\\:3:direct=1';

export class FfmpegReader implements MediaReader<VideoFrame> {
  readonly backend = 'ffmpeg';
  readonly video: VideoStreamInfo;
  readonly audio = undefined;
  readonly pool: Pool;
  private readonly ownsPool: boolean;
  private readonly options: ReadOptions;
  private readonly path: string;
  private readonly layout: FrameLayout;
  private readonly frame: Uint8Array;
  private plays: number;
  private epoch = 0;
  private shownUs = 0;
  private shiftUs = 0;
  private frames = 0;
  private playing: Playing | undefined;
  private closed = false;
  private readonly onAbort = (): void => void this.close();

  private constructor(input: FileInput, info: VideoStreamInfo, options: ReadOptions) {
    this.path = input.path;
    this.video = info;
    this.options = options;
    this.layout = frameLayout('I420', info.width, info.height);
    this.frame = new Uint8Array(packedBytes(this.layout));
    this.plays = playsOf(input);
    const limit = checkReadOptions(options).limit;
    const given = options.pool !== undefined && options.pool.slabBytes >= this.layout.bytes ? options.pool : undefined;
    this.ownsPool = given === undefined;
    const name = options.owner ?? `frames of ${input.path}`;
    this.pool = given ?? Pool.create(options.arena, { name, slabBytes: this.layout.bytes, limit });
    options.signal?.addEventListener('abort', this.onAbort, { once: true });
  }

  static async open(input: FileInput, options: ReadOptions): Promise<FfmpegReader> {
    await checkReadable(input.path);
    return new FfmpegReader(input, await FfmpegReader.probe(input.path), options);
  }

  /** What a file holds, without decoding it. */
  static async probe(path: string): Promise<VideoStreamInfo> {
    // Without an output FFmpeg only says what there is, and ends with 1.
    const { text } = await ended(spawn(findFfmpeg(), ['-hide_banner', '-nostdin', '-i', path], { stdio: ['ignore', 'ignore', 'pipe'] }));
    const info = readBanner(text);
    if (info !== undefined) return info;
    const reason = text.trim().split('\n').at(-1) ?? '';
    throw new MediaError(/Input #0/.test(text) ? 'media/no-video' : 'media/not-media', `Cannot read ${path}: ${reason}`);
  }

  get statistics(): MediaStatistics {
    return { frames: this.frames, corruptFrames: 0, corruptPackets: 0, overruns: 0 };
  }

  async next(): Promise<VideoFrame | undefined> {
    for (;;) {
      if (this.closed || this.plays <= 0) return undefined;
      this.playing ??= new Playing(this.path, this.options.threads ?? 1, this.frame);
      const ptsUs = await this.playing.read();
      if (this.closed) return undefined;
      if (ptsUs !== undefined) return this.given(ptsUs, await this.pool.acquire());
      this.playing = undefined;
      this.plays--;
      this.epoch++;
      this.shiftUs = this.shownUs;
    }
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.options.signal?.removeEventListener('abort', this.onAbort);
    this.playing?.stop();
    if (this.ownsPool) this.pool.close();
  }

  private given(ownUs: number, slab: Slab): VideoFrame {
    unpackRows(this.frame, this.layout, this.options.arena.bytes(slab.offset, this.layout.bytes));
    const { frameRate } = this.video;
    const durationUs = frameRate === undefined ? undefined : Math.round(1e6 / frameRate);
    const ptsUs = Math.max(0, ownUs) + this.shiftUs;
    this.shownUs = ptsUs + (durationUs ?? 40_000);
    const isFirst = this.frames++ === 0;
    const { layout, epoch, video: info } = this;
    const moment = { slab, ptsUs, durationUs, discont: false, epoch, capturedAtUs: undefined };
    return { kind: 'video', ...moment, layout, keyFrame: isFirst, corrupt: false, info };
  }
}

/** One play of the file. */
class Playing {
  private readonly path: string;
  private readonly child: ChildProcess;
  private readonly pixels: AsyncIterator<Buffer>;
  private readonly times = new FrameTimes();
  private timesAreOver = false;
  private readonly end: Promise<{ code: number | null; text: string }>;
  private readonly frame: Uint8Array;
  private left: Buffer = Buffer.alloc(0);
  private timeArrived: (() => void) | undefined;

  constructor(path: string, threads: number, frame: Uint8Array) {
    this.path = path;
    this.frame = frame;
    const input = ['-v', 'error', '-nostdin', '-threads', String(threads), '-i', path, '-an', '-sn', '-dn', '-vf', PRINT_TIMES];
    this.child = spawn(findFfmpeg(), [...input, '-fps_mode', 'passthrough', '-pix_fmt', 'yuv420p', '-f', 'rawvideo', 'pipe:1'], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    this.end = ended(this.child);
    this.end.catch(() => undefined);
    this.pixels = (this.child.stdout as Readable)[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    const times = this.child.stdio[3] as Readable;
    times.setEncoding('utf8').on('data', (text: string) => {
      this.times.push(text);
      this.timeArrived?.();
    });
    times.once('close', () => {
      this.timesAreOver = true;
      this.timeArrived?.();
    });
  }

  /** Fills the frame and gives its time; undefined at the end. @throws MediaError `media/truncated`, `media/unreadable`. */
  async read(): Promise<number | undefined> {
    let filled = 0;
    while (filled < this.frame.length) {
      if (this.left.length === 0) {
        const { value, done } = await this.pixels.next();
        if (done === true) return this.finish(filled);
        this.left = value;
      }
      const part = this.left.subarray(0, this.frame.length - filled);
      this.frame.set(part, filled);
      filled += part.length;
      this.left = this.left.subarray(part.length);
    }
    // A time is printed before its frame is written, but comes by another pipe.
    while (this.times.known === 0 && !this.timesAreOver) await new Promise<void>((resolve) => (this.timeArrived = resolve));
    const time = this.times.shift();
    if (time === undefined) throw new MediaError('media/unreadable', `FFmpeg gave a frame of ${this.path} without its time`);
    return time;
  }

  stop(): void {
    this.child.kill('SIGKILL');
    this.child.stdout?.destroy();
  }

  private async finish(filled: number): Promise<undefined> {
    const { code, text } = await this.end;
    if (code === 0 && filled === 0 && text === '') return undefined;
    const reason = text.trim().split('\n').at(-1) || `FFmpeg ended with ${code}`;
    throw new MediaError('media/truncated', `${this.path} cannot be decoded to its end: ${reason}`);
  }
}

/** How a process ended, and what it said on its way. */
function ended(child: ChildProcess): Promise<{ code: number | null; text: string }> {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    text = (text + piece).slice(-8192);
  });
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      const message = `Cannot start ${child.spawnfile}: ${error.message}; run npm install node-av, or name an FFmpeg program in FFMPEG_BIN`;
      reject(new MediaError('media/library-missing', message, { cause: error }));
    });
    child.once('close', (code) => resolve({ code, text }));
  });
}
