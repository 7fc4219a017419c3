// Pulls pictures and sound out of one input, one after another in the order they lie there, over and over when it loops. Runs in a
// worker: every call blocks.
import { AV_NOPTS_VALUE, AVERROR_EAGAIN, AVERROR_EOF, AVSEEK_FLAG_BACKWARD } from 'node-av/constants';
import { Packet } from 'node-av/lib';
import { MediaError } from '../media-error.ts';
import { InputOrigin } from '../reader/input-origin.ts';
import { type MediaInput, playsOf, shownInput } from '../reader/media-input.ts';
import { isSpent } from '../reader/stream-extent.ts';
import { missingEnd } from '../video/container-end.ts';
import { inputError } from './input-error.ts';
import { type OpenedInput, openInput, type StreamWishes, startOf } from './open-input.ts';
import { StreamDecoder } from './stream-decoder.ts';

export interface MediaDecoderOptions {
  readonly input: MediaInput;
  readonly wishes: StreamWishes;
  readonly threads: number;
}

/** What was decoded: the decoder that holds it, and when it is shown or heard. */
export interface DecodedMoment {
  readonly decoder: StreamDecoder;
  readonly ptsUs: number;
  /** Microseconds; 0 when unknown. */
  readonly durationUs: number;
  readonly flags: number;
  readonly epoch: number;
}

export class MediaDecoder {
  private readonly options: MediaDecoderOptions;
  private readonly name: string;
  private readonly plays: number;
  private readonly packet = new Packet();
  private opened: OpenedInput;
  private decoders: readonly StreamDecoder[] = [];
  /** Those that may have something to give. */
  private fed: StreamDecoder[] = [];
  private corruptBefore = 0;
  private epoch = 0;
  private isAtEnd = false;
  /** Pictures of this play, or stretches of sound where there are no pictures. */
  private frames = 0;
  /** Where this play begins, and where what was given last ends, in microseconds. */
  private beginUs = 0;
  private endUs = 0;
  private readonly origin = new InputOrigin<StreamDecoder>();
  private failure: MediaError | undefined;

  constructor(options: MediaDecoderOptions) {
    this.options = options;
    this.name = shownInput(options.input);
    this.plays = options.input.kind === 'file' ? playsOf(options.input) : 1;
    this.opened = openInput(options.input, options.wishes);
    this.openDecoders();
    this.packet.alloc();
  }

  get input(): OpenedInput {
    return this.opened;
  }

  get video(): StreamDecoder | undefined {
    return this.decoders.find(({ opened }) => opened === this.opened.video);
  }

  get audio(): StreamDecoder | undefined {
    return this.decoders.find(({ opened }) => opened === this.opened.audio);
  }

  get corruptPackets(): number {
    return this.decoders.reduce((sum, { corruptPackets }) => sum + corruptPackets, this.corruptBefore);
  }

  /** Decodes on; nothing at the end. @throws MediaError when reading failed, after what could be decoded. */
  next(): DecodedMoment | undefined {
    for (;;) {
      const [fed] = this.fed;
      if (fed !== undefined) {
        if (fed.receive() === 'frame') return this.moment(fed);
        this.fed.shift();
      } else if (!this.isAtEnd) this.feed();
      else if (!this.startOver()) return undefined;
    }
  }

  close(): void {
    this.packet.free();
    this.closeInput();
  }

  private feed(): void {
    for (;;) {
      const read = this.opened.format.readFrameSync(this.packet);
      if (read < 0) {
        if (read !== AVERROR_EOF && read !== AVERROR_EAGAIN)
          this.failure = inputError(this.options.input, read, 'media/unreadable', 'read on in');
        this.isAtEnd = true;
        for (const decoder of this.decoders) this.drain(decoder);
        return;
      }
      const fed = this.decoders.find(({ opened }) => opened.stream.index === this.packet.streamIndex);
      if (fed !== undefined) {
        if (this.decoders.length > 1) this.drainSpent(fed);
        fed.send(this.packet);
        this.fed.push(fed);
      }
      this.packet.unref();
      if (fed !== undefined) return;
    }
  }

  private drain(decoder: StreamDecoder): void {
    if (decoder.isDraining) return;
    decoder.send(null);
    this.fed.push(decoder);
  }

  /** What a decoder holds of a stream that ends before another one need not wait for the end of the file. */
  private drainSpent(fed: StreamDecoder): void {
    const startUs = startOf(this.opened.format);
    fed.reach(this.packet, startUs);
    for (const decoder of this.decoders) {
      const { extent } = decoder.opened;
      if (decoder !== fed && extent !== undefined && isSpent(extent, decoder.reachedUs, fed.reachedUs)) this.drain(decoder);
    }
  }

  private moment(decoder: StreamDecoder): DecodedMoment {
    const { timeUs, durationUs, flags } = decoder.stamp;
    const startUs = startOf(this.opened.format);
    const ptsUs = timeUs === undefined ? this.endUs : this.origin.since(timeUs - startUs, decoder) + this.beginUs;
    this.endUs = Math.max(this.endUs, ptsUs + durationUs);
    if (decoder === this.decoders[0]) this.frames++;
    return { decoder, ptsUs, durationUs, flags, epoch: this.epoch };
  }

  /** Rewinds for the next play; false when there is none. */
  private startOver(): boolean {
    const { input } = this.options;
    const missing = input.kind === 'file' && this.epoch === 0 ? missingEnd(input.path) : undefined;
    if (missing !== undefined) throw this.truncated(missing);
    if (this.failure !== undefined) throw this.failure;
    if (this.frames === 0) throw new MediaError('media/corrupt', `Cannot decode ${this.name}: not one of its frames is intact`);
    if (this.epoch + 1 >= this.plays) return false;
    if (this.rewind()) for (const decoder of this.decoders) decoder.flush();
    else this.reopen();
    this.epoch++;
    this.frames = 0;
    this.beginUs = this.endUs;
    this.origin.restart();
    this.isAtEnd = false;
    return true;
  }

  /** Goes back to the first packet; false where the container has no index for that, or another stream begins before this one's. */
  private rewind(): boolean {
    if (this.decoders.length > 1) return false;
    const { format } = this.opened;
    const { stream } = this.decoders[0]!.opened;
    if (!/mov|matroska/.test(format.iformat?.name ?? '')) return false;
    const start = stream.startTime === AV_NOPTS_VALUE ? 0n : stream.startTime;
    return format.seekFrameSync(stream.index, start, AVSEEK_FLAG_BACKWARD) >= 0;
  }

  private truncated(missing: string): MediaError {
    const all = Number(this.decoders[0]!.opened.stream.nbFrames);
    const frames = `${this.frames}${all > this.frames ? ` of ${all}` : ''} frames could be decoded`;
    return new MediaError('media/truncated', `${this.name} breaks off: ${missing}; ${frames}; copy or record it again`);
  }

  private reopen(): void {
    this.closeInput();
    this.opened = openInput(this.options.input, this.options.wishes);
    this.openDecoders();
  }

  private openDecoders(): void {
    const decoders: StreamDecoder[] = [];
    this.decoders = decoders;
    const { video, audio } = this.opened;
    try {
      if (video !== undefined) decoders.push(new StreamDecoder(video, this.name, this.options.threads));
      if (audio !== undefined) decoders.push(new StreamDecoder(audio, this.name, 1));
    } catch (error) {
      this.closeInput();
      throw error;
    }
  }

  private closeInput(): void {
    this.corruptBefore = this.corruptPackets;
    for (const decoder of this.decoders) decoder.close();
    this.decoders = [];
    this.opened.format.closeInputSync();
  }
}
