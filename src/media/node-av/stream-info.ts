// Describes a stream, or a decoded frame of it, in our words.
import {
  AV_PIX_FMT_YUVJ420P,
  AV_PIX_FMT_YUVJ422P,
  AV_PIX_FMT_YUVJ444P,
  AV_PKT_DATA_DISPLAYMATRIX,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_UNSPECIFIED,
  AVCOL_SPC_BT470BG,
  AVCOL_SPC_BT709,
  AVCOL_SPC_BT2020_CL,
  AVCOL_SPC_BT2020_NCL,
  AVCOL_SPC_SMPTE170M,
} from 'node-av/constants';
import { avGetCodecName, avGetPixFmtName, type Stream } from 'node-av/lib';
import type { VideoFormat } from '../frame-layout.ts';
import type { AudioStreamInfo } from '../reader/audio-stream-info.ts';
import type { StreamExtent } from '../reader/stream-extent.ts';
import { assumedMatrix, type VideoStreamInfo } from '../video/video-stream-info.ts';
import { type Orientation, orientationOf, UPRIGHT } from './orientation.ts';
import { toMicroseconds } from './time-base.ts';

/** What a picture is like, taken from the container at first and from each decoded frame after. */
export interface PictureTraits {
  readonly width: number;
  readonly height: number;
  readonly format: number;
  readonly colorSpace: number;
  readonly colorRange: number;
  readonly sampleAspectRatio: { readonly num: number; readonly den: number };
}

const FULL_RANGE_FORMATS: readonly number[] = [AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUVJ444P];

export function orientationOfStream(stream: Stream): Orientation {
  const matrix = stream.codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX);
  return matrix === null ? UPRIGHT : orientationOf(matrix);
}

export function matrixOf({ colorSpace, height }: PictureTraits): VideoStreamInfo['matrix'] {
  if (colorSpace === AVCOL_SPC_BT709) return 'bt709';
  if (colorSpace === AVCOL_SPC_BT470BG || colorSpace === AVCOL_SPC_SMPTE170M) return 'bt601';
  return assumedMatrix(height);
}

/** Colours of ultra high definition, which are brought to the matrix that {@link matrixOf} tells. */
export function isForeignMatrix({ colorSpace }: Pick<PictureTraits, 'colorSpace'>): boolean {
  return colorSpace === AVCOL_SPC_BT2020_NCL || colorSpace === AVCOL_SPC_BT2020_CL;
}

export function isGray(pixelFormat: number): boolean {
  const name = avGetPixFmtName(pixelFormat as never) ?? '';
  return name === 'gray' || /^gray\d/.test(name);
}

/** Untagged JPEG flavours and grey are of full range, as FFmpeg and its kin take them. */
export function rangeOf({ colorRange, format }: PictureTraits): VideoStreamInfo['range'] {
  if (colorRange === AVCOL_RANGE_UNSPECIFIED) return FULL_RANGE_FORMATS.includes(format) || isGray(format) ? 'full' : 'limited';
  return colorRange === AVCOL_RANGE_JPEG ? 'full' : 'limited';
}

export function streamInfo(
  stream: Stream,
  container: string,
  fileDurationUs: number | undefined,
  traits: PictureTraits,
  format: VideoFormat,
): VideoStreamInfo {
  const orientation = orientationOfStream(stream);
  const turned = orientation.rotation === 90 || orientation.rotation === 270;
  // What the container says of a pixel's shape outweighs what the stream says.
  const { num, den } = stream.sampleAspectRatio.num > 0 ? stream.sampleAspectRatio : traits.sampleAspectRatio;
  const aspect = num > 0 && den > 0 ? num / den : 1;
  const rate = stream.avgFrameRate.num > 0 ? stream.avgFrameRate : stream.rFrameRate;
  const frames = Number(stream.nbFrames);
  return {
    width: turned ? traits.height : traits.width,
    height: turned ? traits.width : traits.height,
    codedFormat: avGetPixFmtName(traits.format as never) ?? 'unknown',
    format,
    frameRate: rate.num > 0 && rate.den > 0 ? rate.num / rate.den : undefined,
    durationUs: stream.duration > 0n ? toMicroseconds(stream.duration, stream.timeBase) : fileDurationUs,
    frameCount: frames > 0 ? frames : undefined,
    codec: avGetCodecName(stream.codecpar.codecId) ?? 'unknown',
    container,
    rotation: orientation.rotation,
    matrix: matrixOf(traits),
    range: rangeOf(traits),
    pixelAspect: turned ? 1 / aspect : aspect,
  };
}

/** What an audio stream is like as it is coded. */
export function soundTraits(
  stream: Stream,
  container: string,
  fileDurationUs: number | undefined,
): Omit<AudioStreamInfo, 'format' | 'rate' | 'channels'> {
  return {
    codedRate: stream.codecpar.sampleRate,
    codedChannels: stream.codecpar.channelLayout.nbChannels,
    durationUs: stream.duration > 0n ? toMicroseconds(stream.duration, stream.timeBase) : fileDurationUs,
    codec: avGetCodecName(stream.codecpar.codecId) ?? 'unknown',
    container,
    language: stream.metadata?.get('language') ?? undefined,
  };
}

/**
 * When a stream begins and ends, by containers that say so of each.
 *
 * @param startUs Where the file's times begin.
 */
export function extentOf(stream: Stream, container: string, startUs: number): StreamExtent | undefined {
  const begins = toMicroseconds(stream.startTime, stream.timeBase);
  const lasts = /mov/.test(container) ? toMicroseconds(stream.duration, stream.timeBase) : taggedUs(stream);
  if (begins === undefined || lasts === undefined || lasts <= 0) return undefined;
  // Some count a Matroska stream's duration from the file's beginning, some from its own: the longer one misses nothing.
  return { startUs: Math.max(0, begins - startUs), endUs: Math.max(0, begins - startUs) + lasts };
}

/** What writers of Matroska note of a stream, as 00:01:02.500000000. */
function taggedUs(stream: Stream): number | undefined {
  const [, hours, minutes, seconds] = /^(\d+):(\d+):(\d+\.?\d*)/.exec(stream.metadata?.get('DURATION') ?? '') ?? [];
  return seconds === undefined ? undefined : Math.round((Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1e6);
}
