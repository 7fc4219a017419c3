// What GStreamer's caps say, which come as text, and how its pictures lie in bytes: rows of whole 4 bytes, planes of an even number of rows.
import { type FrameLayout, VIDEO_FORMATS, type VideoFormat } from '../frame-layout.ts';
import type { AudioStreamInfo } from '../reader/audio-stream-info.ts';
import { assumedMatrix, type VideoStreamInfo } from '../video/video-stream-info.ts';
import { gdpField } from './gdp-packet.ts';

export function videoInfoOf(text: string): VideoStreamInfo | undefined {
  const format = gdpField(text, 'format');
  if (!text.startsWith('video/x-raw') || !VIDEO_FORMATS.includes(format as VideoFormat)) return undefined;
  const height = Number(gdpField(text, 'height'));
  const [frames, seconds] = (gdpField(text, 'framerate') ?? '0/1').split('/').map(Number) as [number, number];
  const [wide, high] = (gdpField(text, 'pixel-aspect-ratio') ?? '1/1').split('/').map(Number) as [number, number];
  return {
    width: Number(gdpField(text, 'width')),
    height,
    format: format as VideoFormat,
    codedFormat: format!.toLowerCase(),
    ...colourOf(gdpField(text, 'colorimetry'), height),
    frameRate: frames > 0 ? frames / seconds : undefined,
    durationUs: undefined,
    frameCount: undefined,
    codec: 'rawvideo',
    container: 'gstreamer',
    rotation: 0,
    pixelAspect: wide / high,
  };
}

/** A name, or `range:matrix:transfer:primaries` in numbers. */
function colourOf(said: string | undefined, height: number): Pick<VideoStreamInfo, 'matrix' | 'range'> {
  const [range, matrix] = said?.includes(':') ? said.split(':') : [];
  const known = said === 'bt709' || matrix === '3' ? 'bt709' : said === 'bt601' || matrix === '4' ? 'bt601' : assumedMatrix(height);
  return { matrix: known, range: range === '1' ? 'full' : 'limited' };
}

export function audioInfoOf(text: string): AudioStreamInfo | undefined {
  const format = { F32LE: 'F32', S16LE: 'S16' }[gdpField(text, 'format') ?? ''] as AudioStreamInfo['format'] | undefined;
  if (!text.startsWith('audio/x-raw') || format === undefined) return undefined;
  const rate = Number(gdpField(text, 'rate'));
  const channels = Number(gdpField(text, 'channels'));
  const coded = { codedRate: rate, codedChannels: channels, codec: format === 'F32' ? 'pcm_f32le' : 'pcm_s16le' };
  return { format, rate, channels, ...coded, durationUs: undefined, container: 'gstreamer', language: undefined };
}

export interface GstreamerRows {
  readonly bytes: number;
  /** They lie as they do in a slab. */
  readonly isSame: boolean;
  copy(from: Uint8Array, to: Uint8Array): void;
}

/** How GStreamer lays out a picture that a slab holds as `layout` says. */
export function rowsOf({ format, planes }: FrameLayout): GstreamerRows {
  let bytes = 0;
  const isSubsampled = format === 'I420' || format === 'NV12';
  const lumaRows = isSubsampled ? planes[0]!.rows + (planes[0]!.rows & 1) : planes[0]!.rows;
  const places = planes.map(({ rowBytes }, index) => {
    const place = { offset: bytes, stride: Math.ceil(rowBytes / 4) * 4 };
    bytes += place.stride * (index === 0 ? lumaRows : lumaRows / 2);
    return place;
  });
  const isSame = planes.every(({ offset, stride }, index) => offset === places[index]!.offset && stride === places[index]!.stride);
  const copy = (from: Uint8Array, to: Uint8Array): void => {
    for (const [index, { offset, stride, rows, rowBytes }] of planes.entries()) {
      const place = places[index]!;
      for (let y = 0; y < rows; y++) {
        const at = place.offset + y * place.stride;
        to.set(from.subarray(at, at + rowBytes), offset + y * stride);
      }
    }
  };
  return { bytes, isSame, copy };
}
