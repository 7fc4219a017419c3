// Caps of ours as GStreamer's, and what a line is to end with so that what it gives is of ours.
import { type Caps, caps, type FixedCaps, intersectCaps } from '../../core/caps/caps.ts';
import { VIDEO_FORMATS } from '../frame-layout.ts';
import type { VideoInfo } from '../media-types.ts';
import { AUDIO_FORMATS } from '../reader/audio-stream-info.ts';

/** `range:matrix:transfer:primaries`. */
const COLOURS = { bt601: { limited: 'bt601', full: '1:4:16:4' }, bt709: { limited: 'bt709', full: '1:3:5:1' } } as const;

/** As text, what buffers of fixed caps are. */
export function launchCaps({ media, fields, info }: FixedCaps): string {
  if (media === 'audio/raw') {
    const { format, rate, channels } = fields as Record<string, number | string>;
    // More than two channels have to say where each is to be heard; these are nowhere in particular.
    const places = Number(channels) > 2 ? ', channel-mask=(bitmask)0x0000000000000000' : '';
    return `audio/x-raw, format=(string)${format}LE, rate=(int)${rate}, channels=(int)${channels}${places}, layout=(string)interleaved`;
  }
  const { format, width, height } = fields as Record<string, number | string>;
  const { matrix, range, frameRate } = (info ?? {}) as Partial<VideoInfo>;
  const isYuv = format === 'I420' || format === 'NV12';
  const colour = isYuv && matrix !== undefined ? `, colorimetry=(string)${COLOURS[matrix][range ?? 'limited']}` : '';
  const size = `width=(int)${width}, height=(int)${height}, framerate=(fraction)${fractionOf(frameRate)}`;
  return `video/x-raw, format=(string)${format}, ${size}, interlace-mode=(string)progressive, pixel-aspect-ratio=(fraction)1/1${colour}`;
}

/** Frames a second as a fraction; 0/1 where there is no fixed rate. */
export function fractionOf(rate: number | undefined): string {
  if (rate === undefined || !(rate > 0)) return '0/1';
  if (Number.isInteger(rate)) return `${rate}/1`;
  // 29.97 stands for 30000/1001.
  const whole = Math.round(rate * 1.001);
  return Math.abs((whole * 1000) / 1001 - rate) < 0.005 ? `${whole * 1000}/1001` : `${Math.round(rate * 1000)}/1000`;
}

/** What a line is asked for: as it was given, where downstream takes that, and else what downstream takes. */
export interface LineWish {
  readonly format: string;
  /** Set where only that will do. */
  readonly width: number | undefined;
  readonly height: number | undefined;
}

export function wishOf({ media, fields }: FixedCaps, allowed: Caps): LineWish {
  const formats: readonly string[] = media === 'audio/raw' ? AUDIO_FORMATS : VIDEO_FORMATS;
  const takes = (wanted: FixedCaps['fields']): boolean => {
    const common = intersectCaps(caps(media, wanted), allowed);
    return common === 'any' || common.length > 0;
  };
  const own = fields.format as string;
  const format = [own, ...formats].find((one) => takes({ format: one })) ?? own;
  const only = (name: 'width' | 'height'): number | undefined => {
    if (media === 'audio/raw' || takes({ format, [name]: fields[name]! })) return undefined;
    const common = intersectCaps(caps(media, { format }), allowed);
    const value = common === 'any' ? undefined : common[0]?.fields[name];
    return typeof value === 'number' ? value : undefined;
  };
  return { format, width: only('width'), height: only('height') };
}

/** Brings a format to another, and does nothing where that is not needed. */
export function converter(media: string): string {
  return media === 'audio/raw' ? 'audioconvert' : 'videoconvert';
}

/** Elements that bring what a line gives to what is wished. */
export function wishedEnding(media: string, { format, width, height }: LineWish): string[] {
  if (media === 'audio/raw') return [converter(media), '!', `audio/x-raw,format=${format}LE,layout=interleaved`];
  const size = `${width === undefined ? '' : `,width=${width}`}${height === undefined ? '' : `,height=${height}`}`;
  return [converter(media), '!', `video/x-raw,format=${format}${size}`];
}
