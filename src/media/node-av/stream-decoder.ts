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
  private readonly context: CodecContext;
  private lost = false;
  private draining = false;

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

  /** Takes a packet of the stream, or, with none, the end. */
  send(packet: Packet | null): void {
    if (packet === null) this.draining = true;
    const sent = this.context.sendPacketSync(packet);
    if (packet !== null && sent < 0 && sent !== AVERROR_EAGAIN) this.countCorrupt();
  }

  /** Decodes on, as far as packets go. */
  receive(): Received {
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

  /** Begins anew, elsewhere in the input. */
  flush(): void {
    this.draining = false;
    this.context.flushBuffers();
  }

  /** Something before the next frame is missing. */
  skipped(): void {
    this.lost = true;
  }

  get stamp(): Stamp {
    const { frame, lost } = this;
    const { stream } = this.opened;
    const lasts = toMicroseconds(frame.duration, stream.timeBase) ?? 0;
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

  private countCorrupt(): void {
    this.corruptPackets++;
    this.lost = true;
  }
}
