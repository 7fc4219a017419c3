// Brings decoded samples to the wanted format, rate and channels: FFmpeg's resampler does it, with its filter's delay accounted for.
import {
  AV_CHANNEL_LAYOUT_MONO,
  AV_CHANNEL_LAYOUT_STEREO,
  AV_CHANNEL_ORDER_UNSPEC,
  AV_SAMPLE_FMT_FLT,
  AV_SAMPLE_FMT_S16,
} from 'node-av/constants';
import { FFmpegError, type Frame, SoftwareResampleContext } from 'node-av/lib';
import { MediaError } from '../media-error.ts';
import { type AudioFormat, BYTES_PER_SAMPLE } from '../reader/audio-stream-info.ts';

/** What decoded samples are like. */
export type SampleTraits = Pick<Frame, 'format' | 'sampleRate' | 'channelLayout'>;

type ChannelLayout = Frame['channelLayout'];

export interface SampleTarget {
  readonly format: AudioFormat;
  readonly rate: number;
  readonly channels: number;
}

const FORMATS = { F32: AV_SAMPLE_FMT_FLT, S16: AV_SAMPLE_FMT_S16 } as const;

export class SampleConverter {
  /** Bytes of one sample of all channels. */
  readonly frameBytes: number;
  private readonly resampler = new SoftwareResampleContext();
  private output = Buffer.alloc(0);

  constructor(traits: SampleTraits, { format, rate, channels }: SampleTarget) {
    this.frameBytes = channels * BYTES_PER_SAMPLE[format];
    const input = named(traits.channelLayout);
    const wanted = channels === input.nbChannels ? input : layoutOf(channels);
    check(this.resampler.allocSetOpts2(wanted, FORMATS[format], rate, input, traits.format as never, traits.sampleRate));
    check(this.resampler.init());
  }

  /** Converts what was decoded, or, with nothing, gives what the filter still holds. The samples are valid until the next call. */
  convert(frame: Frame | undefined): Uint8Array {
    const samples = frame?.nbSamples ?? 0;
    const room = this.resampler.getOutSamples(samples);
    if (this.output.length < room * this.frameBytes) this.output = Buffer.allocUnsafeSlow(room * this.frameBytes);
    const input = frame === undefined ? null : (frame.extendedData ?? frame.data);
    const converted = check(this.resampler.convertSync([this.output], room, input, samples));
    return this.output.subarray(0, converted * this.frameBytes);
  }

  close(): void {
    this.resampler.free();
  }
}

/** A layout that says only how many channels there are means the usual one of that many. */
function named(layout: ChannelLayout): ChannelLayout {
  return layout.order === AV_CHANNEL_ORDER_UNSPEC && layout.nbChannels <= 2 ? layoutOf(layout.nbChannels) : layout;
}

function layoutOf(channels: number): ChannelLayout {
  if (channels === 1) return AV_CHANNEL_LAYOUT_MONO;
  if (channels === 2) return AV_CHANNEL_LAYOUT_STEREO;
  throw new MediaError('media/channels', `Cannot mix sound to ${channels} channels; expected 1, 2, or as many as it has`);
}

function check(code: number): number {
  if (code < 0) throw new MediaError('media/conversion', `Cannot convert samples: ${FFmpegError.strerror(code)}`);
  return code;
}
