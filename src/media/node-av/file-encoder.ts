// Encodes frames into one file. Runs in a worker: every call blocks.
import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_CODEC_FLAG_QSCALE,
  AV_LOG_QUIET,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT709,
  AVCOL_SPC_SMPTE170M,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  AVFMT_GLOBALHEADER,
  FF_QP2LAMBDA,
} from 'node-av/constants';
import { type Codec, CodecContext, FFmpegError, FormatContext, Log, Packet, Rational, type Stream } from 'node-av/lib';
import type { Arena } from '../../memory/arena.ts';
import type { FrameLayout } from '../frame-layout.ts';
import { MediaError } from '../media-error.ts';
import { outputError } from '../output/output-file.ts';
import { type Container, containerOf } from '../video/video-container.ts';
import type { VideoCodec } from '../video/video-encoder.ts';
import { chooseEncoder, type EncoderKind, type EncoderTuning } from './encoder-choice.ts';
import { FrameReader } from './frame-reader.ts';

/** Ticks between two frames that FFmpeg's muxer for mp4 can write. */
const LONGEST_GAP = 2 ** 31 - 1;

export interface FileEncoderOptions extends EncoderTuning {
  readonly path: string;
  readonly layout: FrameLayout;
  readonly matrix: 'bt601' | 'bt709';
  readonly range: 'limited' | 'full';
  readonly frameRate: number;
  readonly codec: VideoCodec | 'auto';
  readonly keyInterval: number;
  readonly fragmented: boolean;
  readonly threads: number;
}

export class FileEncoder {
  readonly kind: EncoderKind;
  frames = 0;
  private readonly options: FileEncoderOptions;
  private readonly container: Container;
  /** Where the bytes go until the file is finished. */
  private readonly writingPath: string;
  private readonly context = new CodecContext();
  private readonly format = new FormatContext();
  private readonly packet = new Packet();
  private readonly reader: FrameReader;
  private stream: Stream | undefined;
  private readonly timeBase: Rational;
  private lastTick = Number.NEGATIVE_INFINITY;
  private lastPtsUs = 0;
  private closed = false;

  constructor(arena: Arena, options: FileEncoderOptions) {
    Log.setLevel(AV_LOG_QUIET);
    // SVT-AV1 writes to stderr by itself.
    process.env.SVT_LOG ??= '1';
    this.options = options;
    this.container = containerOf(options.path);
    const { kind, codec } = chooseEncoder(options.path, this.container, options.codec);
    this.kind = kind;
    // AVI has no times: it counts frames, and would be filled up with empty ones.
    this.timeBase = this.container.muxer === 'avi' ? inverse(rational(options.frameRate)) : new Rational(1, kind.finestTimeBase);
    this.writingPath = this.fragmented ? options.path : `${options.path}.part`;
    this.packet.alloc();
    this.reader = new FrameReader(arena, options.layout, kind, options);
    try {
      this.openCodec(codec);
      this.openFile();
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  get fragmented(): boolean {
    return this.options.fragmented && this.isMp4;
  }

  private get isMp4(): boolean {
    return ['mp4', 'mov'].includes(this.container.muxer);
  }

  /** Encodes the frame at an offset of the arena. @throws MediaError. */
  write(offset: number, ptsUs: number, durationUs: number): void {
    let tick = this.ticks(ptsUs);
    if (ptsUs < this.lastPtsUs && this.frames > 0) {
      throw new MediaError(
        'media/not-monotonic',
        `Cannot write ${this.options.path}: a frame at ${ptsUs} µs follows one at ${this.lastPtsUs} µs; times have to rise`,
      );
    }
    if (this.isMp4 && tick - this.lastTick > LONGEST_GAP && this.frames > 0) throw this.gapTooLong(ptsUs);
    // Two frames at one tick would be refused; one tick is too short to be seen.
    if (tick <= this.lastTick) tick = this.lastTick + 1;
    this.lastTick = tick;
    this.lastPtsUs = ptsUs;
    const picture = this.reader.read(offset);
    picture.pts = BigInt(tick);
    picture.duration = BigInt(this.ticks(durationUs));
    if (this.kind.quantiser === true) picture.quality = this.context.globalQuality;
    this.check(this.context.sendFrameSync(picture), 'encode a frame');
    this.frames++;
    this.drain();
  }

  /** Ends the file and puts it in its place. @returns Its size in bytes. */
  finish(): number {
    this.check(this.context.sendFrameSync(null), 'end the stream');
    this.drain();
    this.check(this.format.writeTrailerSync(), 'write the end of the file', true);
    this.close();
    syncToDisk(this.writingPath);
    if (this.writingPath !== this.options.path) renameSync(this.writingPath, this.options.path);
    syncToDisk(dirname(this.options.path));
    return statSync(this.options.path).size;
  }

  /** Gives up: ends a fragmented file as well as may be, removes any other. */
  abort(): void {
    if (this.closed) return;
    if (this.fragmented && this.frames > 0) this.endFragments();
    this.close();
    if (!this.fragmented) rmSync(this.writingPath, { force: true });
  }

  /** Writes the frames that the encoder still holds: without them those behind would lack what they refer to. */
  private endFragments(): void {
    try {
      if (this.context.sendFrameSync(null) >= 0) this.drain();
    } catch {
      // What cannot be written any more is what is being given up.
    }
    this.format.writeTrailerSync();
  }

  private close(): void {
    if (this.closed) return;
    this.closed = true;
    if (this.stream !== undefined) this.format.closeOutputSync();
    this.format.freeContext();
    this.context.freeContext();
    this.packet.free();
    this.reader.close();
  }

  private openCodec(codec: Codec): void {
    const { options, kind, context } = this;
    context.allocContext3(codec);
    context.width = this.reader.width;
    context.height = this.reader.height;
    context.pixelFormat = kind.pixelFormat as never;
    context.timeBase = this.timeBase;
    context.framerate = rational(options.frameRate);
    context.gopSize = options.keyInterval;
    context.threadCount = options.threads;
    // Frames that leave out of order bear an offset in an mp4, and FFmpeg's readers drop all offsets when a gap makes one long.
    if (this.isMp4) context.maxBFrames = 0;
    context.colorSpace = options.matrix === 'bt709' ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
    context.colorRange = this.reader.range === 'full' ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    if (kind.quantiser === true) {
      context.setFlags(AV_CODEC_FLAG_QSCALE);
      context.globalQuality = Math.round(FF_QP2LAMBDA * quantiserOf(options.quality));
    }
    const format = this.format;
    this.check(format.allocOutputContext2(null, this.container.muxer, `file:${this.writingPath}`), 'prepare the container');
    if (format.oformat?.hasFlags(AVFMT_GLOBALHEADER) === true) context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
    setOptions(context, kind.options(options));
    this.check(context.open2Sync(codec, null), `open the ${kind.name} encoder`);
  }

  private openFile(): void {
    const { format, context } = this;
    const stream = format.newStream(null);
    this.check(stream.codecpar.fromContext(context), 'describe the stream');
    // The tag that Apple's players insist on.
    if (this.kind.codec === 'hevc' && this.isMp4) stream.codecpar.codecTag = 'hvc1';
    stream.timeBase = context.timeBase;
    stream.avgFrameRate = context.framerate;
    this.check(format.openOutputSync(), 'create the file', true);
    this.stream = stream;
    setOptions(format, this.muxerOptions());
    this.check(format.writeHeaderSync(null), 'write the head of the file', true);
  }

  private muxerOptions(): Record<string, string | number> {
    if (!this.isMp4) return {};
    const movflags = this.fragmented ? '+frag_keyframe+empty_moov+default_base_moof' : '+faststart';
    return { movflags, video_track_timescale: this.timeBase.den, ...(this.fragmented ? { flush_packets: 1 } : {}) };
  }

  private ticks(us: number): number {
    return Math.round((us * this.timeBase.den) / (1e6 * this.timeBase.num));
  }

  private gapTooLong(ptsUs: number): MediaError {
    const minutes = (us: number): number => Math.floor(us / 60e6);
    const longest = minutes((LONGEST_GAP * 1e6) / this.timeBase.den);
    const found = `${minutes(ptsUs - this.lastPtsUs)} minutes pass between two frames, and an mp4 with times as fine as these holds`;
    return new MediaError('media/gap-too-long', `Cannot write ${this.options.path}: ${found} at most ${longest} minutes; write .mkv`);
  }

  private drain(): void {
    const { context, packet, format, stream } = this;
    for (;;) {
      const received = context.receivePacketSync(packet);
      if (received === AVERROR_EAGAIN || received === AVERROR_EOF) return;
      this.check(received, 'encode a frame');
      packet.streamIndex = stream!.index;
      packet.rescaleTs(context.timeBase, stream!.timeBase);
      this.check(format.interleavedWriteFrameSync(packet), 'write a frame', true);
    }
  }

  private check(code: number, what: string, writing = false): void {
    if (code >= 0) return;
    const { path } = this.options;
    if (!writing) throw new MediaError('media/encoding', `Cannot ${what} of ${path}: ${FFmpegError.strerror(code)}`);
    // FFmpeg's errors of the operating system are its numbers, negated, as Node has them too.
    throw outputError(path, Object.assign(new Error(FFmpegError.strerror(code)), { code: getSystemErrorMap().get(code)?.[0] }));
  }
}

/**
 * Sets options one by one. Never hand a `Dictionary` to `open2` or `writeHeader`: FFmpeg frees it there, the library's wrapper
 * frees it again when the thread ends, and the process dies.
 */
function setOptions(target: CodecContext | FormatContext, options: Record<string, string | number>): void {
  for (const [name, value] of Object.entries(options)) target.setOption(name, value);
}

/** From 0..51 to a quantiser of 1..31, in equal ratios, as a constant rate factor steps. */
function quantiserOf(quality: number): number {
  return Math.min(31, Math.max(1, 2 ** ((quality * 4.95) / 51)));
}

/** A frame rate as a fraction; rates such as 29.97 are meant as so many over 1001. */
function rational(rate: number): Rational {
  if (Number.isInteger(rate)) return new Rational(rate, 1);
  const ntsc = Math.round(rate * 1.001);
  if (Math.abs(ntsc / 1.001 - rate) < 0.005) return new Rational(ntsc * 1000, 1001);
  return new Rational(Math.round(rate * 1000), 1000);
}

const inverse = ({ num, den }: Rational): Rational => new Rational(den, num);

function syncToDisk(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
