// One stream as it comes by a pipe, packet by packet: its caps, its times and what its tags tell come before the bytes that they are of.
import type { PipeBytes, TakeBytes } from '../child/pipe-bytes.ts';
import type { VideoStreamInfo } from '../video/video-stream-info.ts';
import { codecName } from './codec-name.ts';
import { type GdpHead, gdpField, readGdpHead, readGdpText } from './gdp-packet.ts';

/** Where the streams of an input begin, in nanoseconds, once one of them has. */
export interface GdpOrigin {
  ns: bigint | undefined;
}

export class GdpStream {
  /** What comes next is like. */
  caps = '';
  codec: string | undefined;
  language: string | undefined;
  /** Clockwise degrees by which pictures are turned on the way here. */
  rotation: VideoStreamInfo['rotation'] = 0;
  private readonly pipe: PipeBytes;
  /** Nanoseconds, in buffers' times: from where times count. */
  private begin = 0n;
  private readonly origin: GdpOrigin | undefined;

  /** @param origin Whose times count from where the first of its streams begins, whatever is said of it. */
  constructor(pipe: PipeBytes, origin?: GdpOrigin) {
    this.pipe = pipe;
    this.origin = origin;
  }

  /** The next buffer's head, whose bytes are to be read then; undefined at the end. */
  async next(): Promise<GdpHead | undefined> {
    for (;;) {
      const head = await readGdpHead(this.pipe);
      if (head === undefined) return undefined;
      if (head.kind === 'buffer') {
        if (this.origin !== undefined && head.pts !== undefined) this.begin = this.origin.ns ??= head.pts;
        return head;
      }
      const text = await readGdpText(this.pipe, head);
      if (head.kind === 'caps') this.caps = text;
      else this.hear(text);
    }
  }

  /** Reads bytes of a buffer. @returns How many came; fewer at the end. */
  read(bytes: number, take: TakeBytes): Promise<number> {
    return this.pipe.read(bytes, take);
  }

  /** Reads a buffer's bytes into memory, as far as there is room; nowhere where there is none. @returns As {@link read}. */
  readInto(target: Uint8Array | undefined, bytes: number): Promise<number> {
    return target === undefined ? this.pipe.read(bytes, () => undefined) : this.pipe.readInto(target, bytes);
  }

  /** When a buffer is to be shown, in microseconds from where the input begins; undefined where it has no time. */
  timeUs({ pts }: GdpHead): number | undefined {
    return pts === undefined ? undefined : Math.max(0, Math.round(Number(pts - this.begin) / 1000));
  }

  /**
   * How many of a buffer's samples are before what is to be heard, such as what a coder put before it. Decoders cut it off as times
   * tell, roughly: what is left is more than its duration holds.
   */
  before({ pts, duration }: GdpHead, samples: number, rate: number): number {
    const { begin } = this;
    if (begin === 0n || pts === undefined || pts > begin) return 0;
    const inTime = (nanoseconds: bigint): number => Math.round((Number(nanoseconds) * rate) / 1e9);
    const early = inTime(begin - pts);
    return Math.min(samples, duration === undefined ? early : Math.max(early, samples - inTime(duration)));
  }

  private hear(event: string): void {
    if (event.startsWith('GstEventSegment')) {
      const time = (name: string): bigint => BigInt(gdpField(event, name) ?? 0);
      if (gdpField(event, 'format') === 'time') this.begin = time('start') - time('base');
      return;
    }
    if (!event.startsWith('GstTagList')) return;
    const tags = event.replaceAll('\\', '');
    this.rotation = rotationOf(gdpField(tags, 'image-orientation')) ?? this.rotation;
    this.codec = codecName(gdpField(tags, 'video-codec') ?? gdpField(tags, 'audio-codec') ?? '') ?? this.codec;
    this.language = gdpField(tags, 'language-code') ?? this.language;
  }
}

/** By GStreamer's words, `rotate-90`, clockwise. */
export function rotationOf(said: string | undefined): VideoStreamInfo['rotation'] | undefined {
  const degrees = /rotate-(\d+)$/.exec(said ?? '')?.[1];
  return degrees === undefined ? undefined : (Number(degrees) as VideoStreamInfo['rotation']);
}
