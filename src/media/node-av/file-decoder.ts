// Pulls pictures out of one file, one after another, over and over when it loops. Runs in a worker: every call blocks.
import {
  AV_FRAME_FLAG_CORRUPT,
  AV_FRAME_FLAG_KEY,
  AV_NOPTS_VALUE,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  AVSEEK_FLAG_BACKWARD,
} from 'node-av/constants';
import { type CodecContext, FFmpegError, Frame, Packet } from 'node-av/lib';
import { MediaError } from '../media-error.ts';
import { missingEnd } from '../video/container-end.ts';
import { FrameFlag } from './frame-ring.ts';
import { type OpenedInput, openDecoder, openInput } from './open-input.ts';
import { toMicroseconds } from './time-base.ts';

export interface FileDecoderOptions {
  readonly path: string;
  readonly threads: number;
  /** How many times the file is played; may be infinite. */
  readonly plays: number;
}

/** When a picture is shown and what is known of it. */
export interface PictureTiming {
  readonly ptsUs: number;
  readonly durationUs: number;
  readonly flags: number;
  readonly epoch: number;
}

export class FileDecoder {
  /** The current picture, valid until the next call of {@link next}. */
  readonly picture = new Frame();
  corruptPackets = 0;
  private opened: OpenedInput;
  private context: CodecContext;
  private readonly options: FileDecoderOptions;
  private readonly packet = new Packet();
  private epoch = 0;
  private draining = false;
  private lost = false;
  /** Pictures of this play. */
  private pictures = 0;
  /** Where this play begins, and where its last picture ends, in microseconds. */
  private beginUs = 0;
  private endUs = 0;
  private failure: MediaError | undefined;

  constructor(options: FileDecoderOptions) {
    this.options = options;
    this.opened = openInput(options.path);
    this.context = openDecoder(this.opened, options.path, options.threads);
    this.picture.alloc();
    this.packet.alloc();
  }

  get input(): OpenedInput {
    return this.opened;
  }

  /** Decodes on to the next picture; nothing at the end. @throws MediaError when reading failed, after the last picture. */
  next(): PictureTiming | undefined {
    this.picture.unref();
    for (;;) {
      const received = this.context.receiveFrameSync(this.picture);
      if (received >= 0) return this.timing();
      if (received !== AVERROR_EAGAIN && received !== AVERROR_EOF) this.countCorrupt();
      if (!this.draining) this.feed();
      else if (received === AVERROR_EAGAIN || received === AVERROR_EOF || this.corruptPackets > 1000) {
        if (!this.startOver()) return undefined;
      }
    }
  }

  close(): void {
    this.picture.free();
    this.packet.free();
    this.context.freeContext();
    this.opened.format.closeInputSync();
  }

  private feed(): void {
    const { format, stream } = this.opened;
    for (;;) {
      const read = format.readFrameSync(this.packet);
      if (read < 0) {
        if (read !== AVERROR_EOF && read !== AVERROR_EAGAIN) {
          this.failure = new MediaError('media/unreadable', `Cannot read on in ${this.options.path}: ${FFmpegError.strerror(read)}`);
        }
        this.draining = true;
        this.context.sendPacketSync(null);
        return;
      }
      const ours = this.packet.streamIndex === stream.index;
      const sent = ours ? this.context.sendPacketSync(this.packet) : 0;
      this.packet.unref();
      if (sent < 0 && sent !== AVERROR_EAGAIN) this.countCorrupt();
      if (ours) return;
    }
  }

  private countCorrupt(): void {
    this.corruptPackets++;
    this.lost = true;
  }

  private timing(): PictureTiming {
    const { picture } = this;
    const { format, stream } = this.opened;
    const startUs = format.startTime === AV_NOPTS_VALUE ? 0 : Number(format.startTime);
    const stamp = toMicroseconds(picture.bestEffortTimestamp, stream.timeBase);
    const ptsUs = stamp === undefined ? this.endUs : Math.max(0, stamp - startUs) + this.beginUs;
    const lasts = toMicroseconds(picture.duration, stream.timeBase) ?? 0;
    const rate = stream.avgFrameRate;
    const assumed = lasts > 0 ? lasts : rate.num > 0 ? Math.round((1e6 * rate.den) / rate.num) : 0;
    this.endUs = Math.max(this.endUs, ptsUs + assumed);
    this.pictures++;
    const damaged = picture.decodeErrorFlags !== 0 || (picture.flags & AV_FRAME_FLAG_CORRUPT) !== 0;
    const key = (picture.flags & AV_FRAME_FLAG_KEY) !== 0;
    const flags = (key ? FrameFlag.key : 0) | (damaged ? FrameFlag.corrupt : 0) | (this.lost ? FrameFlag.discont : 0);
    this.lost = false;
    return { ptsUs, durationUs: assumed > 0 ? assumed : -1, flags, epoch: this.epoch };
  }

  /** Rewinds for the next play; false when there is none. */
  private startOver(): boolean {
    const missing = this.epoch === 0 ? missingEnd(this.options.path) : undefined;
    if (missing !== undefined) throw this.truncated(missing);
    if (this.failure !== undefined) throw this.failure;
    if (this.pictures === 0) throw new MediaError('media/corrupt', `Cannot decode ${this.options.path}: not one of its frames is intact`);
    if (this.epoch + 1 >= this.options.plays) return false;
    if (this.rewind()) this.context.flushBuffers();
    else this.reopen();
    this.epoch++;
    this.pictures = 0;
    this.beginUs = this.endUs;
    this.draining = false;
    return true;
  }

  /** Goes back to the first packet; false where the container has no index for that and may end up elsewhere. */
  private rewind(): boolean {
    const { format, stream } = this.opened;
    if (!/mov|matroska/.test(format.iformat?.name ?? '')) return false;
    const start = stream.startTime === AV_NOPTS_VALUE ? 0n : stream.startTime;
    return format.seekFrameSync(stream.index, start, AVSEEK_FLAG_BACKWARD) >= 0;
  }

  private truncated(missing: string): MediaError {
    const all = Number(this.opened.stream.nbFrames);
    const frames = `${this.pictures}${all > this.pictures ? ` of ${all}` : ''} frames could be decoded`;
    return new MediaError('media/truncated', `${this.options.path} breaks off: ${missing}; ${frames}; copy or record it again`);
  }

  private reopen(): void {
    this.context.freeContext();
    this.opened.format.closeInputSync();
    this.opened = openInput(this.options.path);
    this.context = openDecoder(this.opened, this.options.path, this.options.threads);
  }
}
