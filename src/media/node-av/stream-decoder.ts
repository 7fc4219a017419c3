// Decodes one stream of an opened input. Runs in a worker: every call blocks.
import { AV_FRAME_FLAG_CORRUPT, AV_FRAME_FLAG_KEY, AVERROR_EAGAIN, AVERROR_EOF } from 'node-av/constants';
import { CodecContext, FFmpegError, Frame, type Packet } from 'node-av/lib';
import { MediaError } from '../media-error.ts';
import { FrameFlag } from './frame-ring.ts';
import type { OpenedStream } from './open-input.ts';
import { toMicroseconds } from './time-base.ts';

/** When what was decoded last is shown or heard, in microseconds by the input's own times, and what is known of it. */
export interface Stamp {
  readonly timeUs: number | undefined;
  /** Assumed from the stream's rate where the frame does not tell; 0 when nothing does. */
  readonly durationUs: number;
  readonly flags: number;
}

export type Received = 'frame' | 'more' | 'end';

export class StreamDecoder {
  readonly opened: OpenedStream;
  /** What was decoded last, valid until the next call. */
  readonly frame = new Frame();
  corruptPackets = 0;
  /** The end of the packet that is shown or heard last, of those that {@link reach} was told of, in microseconds. */
  reachedUs = 0;
  private readonly context: CodecContext;
  private lost = false;
  private draining = false;
  private ended = false;

  /** @param name What messages call the input. @throws MediaError `media/unknown-codec`. */
  constructor(opened: OpenedStream, name: string, threads: number) {
    const { stream, codec } = opened;
    this.opened = opened;
    this.context = new CodecContext();
    this.context.allocContext3(codec);
    this.context.parametersToContext(stream.codecpar);
    this.context.threadCount = threads;
    this.context.pktTimebase = stream.timeBase;
    const code = this.context.open2Sync(codec, null);
    if (code < 0) {
      this.context.freeContext();
      throw new MediaError('media/unknown-codec', `Cannot decode ${name}: the ${codec.name} decoder says ${FFmpegError.strerror(code)}`);
    }
    this.frame.alloc();
  }

  /** It has been told of the end. */
  get isDraining(): boolean {
    return this.draining;
  }

  /** It has given everything. */
  get hasEnded(): boolean {
    return this.ended;
  }

  /** Notes how far its stream has come, from where the file begins. */
  reach({ pts, dts, duration }: Packet, startUs: number): void {
    const { timeBase } = this.opened.stream;
    const at = toMicroseconds(pts, timeBase) ?? toMicroseconds(dts, timeBase);
    if (at !== undefined) this.reachedUs = Math.max(this.reachedUs, at - startUs + (toMicroseconds(duration, timeBase) ?? 0));
  }

  /** Takes a packet of the stream, or, with none, the end; one behind the end is a new beginning. */
  send(packet: Packet | null): void {
    if (packet === null) this.draining = true;
    else if (this.draining) this.flush();
    const sent = this.context.sendPacketSync(packet);
    if (packet !== null && sent < 0 && sent !== AVERROR_EAGAIN) this.countCorrupt();
  }

  /** Decodes on, as far as packets go. */
  receive(): Received {
    const received = this.receiveNext();
    if (received === 'end') this.ended = true;
    return received;
  }

  /** Begins anew, elsewhere in the input. */
  flush(): void {
    this.draining = false;
    this.ended = false;
    this.reachedUs = 0;
    this.context.flushBuffers();
  }

  /** Something before the next frame is missing. */
  skipped(): void {
    this.lost = true;
  }

  get stamp(): Stamp {
    const { frame, lost } = this;
    const { stream } = this.opened;
    // The container may tell less of sound that its coder has padded.
    const sounds = frame.nbSamples > 0 ? Math.round((frame.nbSamples * 1e6) / frame.sampleRate) : 0;
    const lasts = sounds > 0 ? sounds : (toMicroseconds(frame.duration, stream.timeBase) ?? 0);
    const rate = stream.avgFrameRate;
    const durationUs = lasts > 0 ? lasts : rate.num > 0 ? Math.round((1e6 * rate.den) / rate.num) : 0;
    const damaged = frame.decodeErrorFlags !== 0 || (frame.flags & AV_FRAME_FLAG_CORRUPT) !== 0;
    const key = (frame.flags & AV_FRAME_FLAG_KEY) !== 0;
    const flags = (key ? FrameFlag.key : 0) | (damaged ? FrameFlag.corrupt : 0) | (lost ? FrameFlag.discont : 0);
    this.lost = false;
    return { timeUs: toMicroseconds(frame.bestEffortTimestamp, stream.timeBase), durationUs, flags };
  }

  close(): void {
    this.frame.free();
    this.context.freeContext();
  }

  private receiveNext(): Received {
    this.frame.unref();
    for (;;) {
      const received = this.context.receiveFrameSync(this.frame);
      if (received >= 0) return 'frame';
      if (received === AVERROR_EOF) return 'end';
      if (received === AVERROR_EAGAIN) return this.draining ? 'end' : 'more';
      this.countCorrupt();
      if (!this.draining) return 'more';
      if (this.corruptPackets > 1000) return 'end';
    }
  }

  private countCorrupt(): void {
    this.corruptPackets++;
    this.lost = true;
  }
}
