// Which encoder makes which codec, and with what options.
import { AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P } from 'node-av/constants';
import { Codec } from 'node-av/lib';
import { MediaError } from '../media-error.ts';
import { type Container, checkCodec } from '../video/video-container.ts';
import type { VideoCodec } from '../video/video-encoder.ts';

export interface EncoderTuning {
  readonly preset: 'ultrafast' | 'veryfast' | 'medium';
  /** 0 (best) to 51. */
  readonly quality: number;
}

export interface EncoderKind {
  readonly codec: VideoCodec;
  /** FFmpeg's name. */
  readonly name: string;
  readonly pixelFormat: number;
  /** The encoder refuses odd widths and heights. */
  readonly evenOnly: boolean;
  /** The largest denominator of a time base that the codec can hold. */
  readonly finestTimeBase: number;
  /** Quality is a quantiser scale rather than an option. */
  readonly quantiser?: boolean;
  readonly options: (tuning: EncoderTuning) => Record<string, string | number>;
}

const MICROSECONDS = 1_000_000;
const base = { pixelFormat: AV_PIX_FMT_YUV420P, evenOnly: false, finestTimeBase: MICROSECONDS };

const vpx = ({ preset, quality }: EncoderTuning) => ({
  deadline: preset === 'medium' ? 'good' : 'realtime',
  'cpu-used': { ultrafast: 8, veryfast: 6, medium: 3 }[preset],
  crf: Math.min(63, Math.max(4, Math.round(quality * 1.25))),
  b: '0',
});

/** In order of preference within a codec. */
const ENCODERS: readonly EncoderKind[] = [
  { ...base, codec: 'h264', name: 'libx264', evenOnly: true, options: ({ preset, quality }) => ({ preset, crf: quality }) },
  { ...base, codec: 'h264', name: 'libopenh264', evenOnly: true, options: () => ({}) },
  {
    ...base,
    codec: 'hevc',
    name: 'libx265',
    evenOnly: true,
    options: ({ preset, quality }) => ({ preset, crf: quality, 'x265-params': 'log-level=none' }),
  },
  { ...base, codec: 'vp8', name: 'libvpx', options: (tuning) => ({ ...vpx(tuning), b: '20M' }) },
  { ...base, codec: 'vp9', name: 'libvpx-vp9', options: (tuning) => ({ ...vpx(tuning), 'row-mt': '1' }) },
  {
    ...base,
    codec: 'av1',
    name: 'libsvtav1',
    evenOnly: true,
    options: ({ preset, quality }) => ({ preset: { ultrafast: 12, veryfast: 10, medium: 8 }[preset], crf: Math.max(1, quality) }),
  },
  {
    ...base,
    codec: 'av1',
    name: 'libaom-av1',
    options: ({ preset, quality }) => ({ 'cpu-used': { ultrafast: 8, veryfast: 7, medium: 5 }[preset], crf: quality, usage: 'realtime' }),
  },
  // MPEG-4 holds ticks in 16 bits: 60000 a second gives exact times at every usual frame rate.
  { ...base, codec: 'mpeg4', name: 'mpeg4', finestTimeBase: 60_000, quantiser: true, options: () => ({}) },
  { ...base, codec: 'mjpeg', name: 'mjpeg', pixelFormat: AV_PIX_FMT_YUVJ420P, quantiser: true, options: () => ({}) },
];

/** The encoder for a container and a wish. @throws MediaError `media/codec-mismatch`, `media/no-encoder`. */
export function chooseEncoder(path: string, container: Container, wanted: VideoCodec | 'auto'): { kind: EncoderKind; codec: Codec } {
  checkCodec(path, container, wanted);
  const wishes = wanted === 'auto' ? container.usual : [wanted];
  for (const kind of wishes.flatMap((wish) => ENCODERS.filter((encoder) => encoder.codec === wish))) {
    const codec = Codec.findEncoderByName(kind.name as never);
    if (codec !== null) return { kind, codec };
  }
  const tried = ENCODERS.filter((encoder) => wishes.includes(encoder.codec)).map((encoder) => encoder.name);
  throw new MediaError(
    'media/no-encoder',
    `Cannot write ${path}: this FFmpeg has no encoder for ${wishes.join(' or ')} (looked for ${tried.join(', ')})`,
  );
}
