// Hands decoded sound over in stretches of one length. Their times follow from the count of samples, so that they do not drift from
// it by roundings; where the stream's own times leave that count for good, something was lost, and counting begins anew.
import type { Pool } from '../../memory/pool.ts';
import type { AudioStreamInfo } from '../reader/audio-stream-info.ts';
import type { AudioWish } from '../reader/media-reader.ts';
import { FrameFlag, RecordKind } from './frame-ring.ts';
import type { DecodedMoment } from './media-decoder.ts';
import type { Outflow } from './outflow.ts';
import { SampleConverter, type SampleTraits } from './sample-converter.ts';
import type { StreamNotes } from './stream-notes.ts';

const CHUNK_US = 20_000;

/** Sound that does not go on for so long is given, however little it is: who waits for it learns that there is no more. */
const SILENCE_US = 500_000;

/** How far a stream's times may be from the count of its samples: more is a hole, less the coarse clock of its container. */
const TOLERANCE_US = 60_000;

export type SoundTraits = Omit<AudioStreamInfo, 'format' | 'rate' | 'channels'>;

/** A stream's sound as it will arrive. */
export function describeSound(traits: SoundTraits, wish: AudioWish): AudioStreamInfo {
  return { ...traits, format: wish.format ?? 'F32', rate: wish.rate ?? traits.codedRate, channels: wish.channels ?? traits.codedChannels };
}

export class SoundOutput {
  private readonly outflow: Outflow;
  private readonly notes: StreamNotes;
  private readonly wish: AudioWish;
  private readonly poolOf: (slabBytes: number) => Pool;
  private pool: Pool | undefined;
  private converter: SampleConverter | undefined;
  private described: AudioStreamInfo | undefined;
  private traits = '';
  private info = 0;
  private chunk = Buffer.alloc(0);
  private filled = 0;
  /** Where counting began, and the samples since. */
  private baseUs = 0;
  private counted = 0;
  /** Seconds that came in since. */
  private received = 0;
  private epoch = -1;
  private flags = 0;
  private capturedAtUs = -1;

  constructor(outflow: Outflow, notes: StreamNotes, wish: AudioWish, poolOf: (slabBytes: number) => Pool) {
    this.outflow = outflow;
    this.notes = notes;
    this.wish = wish;
    this.poolOf = poolOf;
  }

  put({ decoder, ptsUs, flags, epoch }: DecodedMoment, traits: SoundTraits, capturedAtUs: number): void {
    const { frame } = decoder;
    const seen = `${frame.format} ${frame.sampleRate} ${frame.channelLayout.nbChannels} ${frame.channelLayout.mask}`;
    const isHole = epoch === this.epoch && this.wish.isCounted !== true && Math.abs(ptsUs - this.inputEndUs) > TOLERANCE_US;
    if (this.converter === undefined || seen !== this.traits || epoch !== this.epoch || isHole) {
      // What is held belongs to before.
      this.flush();
      this.begin(frame, traits, seen);
      this.baseUs = ptsUs;
      this.epoch = epoch;
      if (isHole) this.flags |= FrameFlag.discont;
    }
    this.flags |= flags & FrameFlag.discont;
    this.capturedAtUs = capturedAtUs;
    this.received += frame.nbSamples / frame.sampleRate;
    this.take(this.converter!.convert(frame));
  }

  /** The file's pictures come to a time: what is held of sound that is over by then is given before them. */
  passed({ ptsUs, epoch }: DecodedMoment, hasEnded: boolean): void {
    if (hasEnded || epoch !== this.epoch || ptsUs - this.inputEndUs > SILENCE_US) this.flush();
  }

  /** Gives what is held, which is shorter than the others. */
  flush(): void {
    if (this.converter === undefined) return;
    this.take(this.converter.convert(undefined));
    this.emit();
    // Its filter has come to its end.
    this.converter.close();
    this.converter = undefined;
  }

  close(): void {
    this.converter?.close();
  }

  private get inputEndUs(): number {
    return this.baseUs + this.received * 1e6;
  }

  private begin(frame: SampleTraits, traits: SoundTraits, seen: string): void {
    const coded = { codedRate: frame.sampleRate, codedChannels: frame.channelLayout.nbChannels };
    const described = describeSound({ ...traits, ...coded }, this.wish);
    this.converter = new SampleConverter(frame, described);
    this.traits = seen;
    this.counted = 0;
    this.received = 0;
    if (this.described?.rate === described.rate && this.described.channels === described.channels) return;
    this.described = described;
    const samples = Math.max(1, Math.round((described.rate * (this.wish.chunkUs ?? CHUNK_US)) / 1e6));
    this.chunk = Buffer.alloc(samples * this.converter.frameBytes);
    if (this.pool === undefined || this.pool.slabBytes < this.chunk.length) this.pool = this.poolOf(this.chunk.length);
    this.info = this.notes.audio(described, this.pool.handle);
  }

  private take(samples: Uint8Array): void {
    for (let from = 0; from < samples.length; ) {
      const part = samples.subarray(from, from + this.chunk.length - this.filled);
      this.chunk.set(part, this.filled);
      this.filled += part.length;
      from += part.length;
      if (this.filled === this.chunk.length) this.emit();
    }
  }

  private emit(): void {
    if (this.filled === 0) return;
    const bytes = this.chunk.subarray(0, this.filled);
    const { rate } = this.described!;
    const samples = this.filled / this.converter!.frameBytes;
    const ptsUs = this.baseUs + Math.round((this.counted * 1e6) / rate);
    this.counted += samples;
    this.filled = 0;
    const slab = this.outflow.slab(this.pool!);
    if (slab === undefined) {
      this.flags |= FrameFlag.discont;
      return;
    }
    this.outflow.arena.bytes(slab.offset, bytes.length).set(bytes);
    const durationUs = this.baseUs + Math.round((this.counted * 1e6) / rate) - ptsUs;
    const { flags, epoch, info } = this;
    // What came last had its end when it came.
    const capturedAtUs = this.capturedAtUs < 0 ? -1 : this.capturedAtUs - Math.max(0, Math.round(this.inputEndUs - ptsUs));
    this.outflow.put({ kind: RecordKind.sound, slab: slab.offset, ptsUs, durationUs, flags, epoch, info, samples, capturedAtUs });
    this.flags = 0;
  }
}
