// What GStreamer's caps say, which come as text.
import { VIDEO_FORMATS, type VideoFormat } from '../frame-layout.ts';
import type { AudioStreamInfo } from '../reader/audio-stream-info.ts';
import { assumedMatrix, type VideoColour, type VideoStreamInfo } from '../video/video-stream-info.ts';
import { pixelFormatName } from './codec-name.ts';
import { gdpField } from './gdp-packet.ts';

/** What is known of pictures beside their caps, as far as it is. */
export interface KnownPictures {
  readonly codec?: string | undefined;
  readonly container?: string | undefined;
  readonly rotation?: VideoStreamInfo['rotation'] | undefined;
  readonly codedFormat?: string | undefined;
  readonly durationUs?: number | undefined;
}

export interface KnownSound {
  readonly codec?: string | undefined;
  readonly container?: string | undefined;
  readonly language?: string | undefined;
  readonly durationUs?: number | undefined;
  readonly codedRate?: number | undefined;
  readonly codedChannels?: number | undefined;
}

export function videoInfoOf(text: string, known: KnownPictures = {}): VideoStreamInfo | undefined {
  const format = gdpField(text, 'format');
  if (!text.startsWith('video/x-raw') || !VIDEO_FORMATS.includes(format as VideoFormat)) return undefined;
  const { rotation = 0 } = known;
  const width = Number(gdpField(text, 'width'));
  const height = Number(gdpField(text, 'height'));
  const [frames, seconds] = (gdpField(text, 'framerate') ?? '0/1').split('/').map(Number) as [number, number];
  const [wide, high] = (gdpField(text, 'pixel-aspect-ratio') ?? '1/1').split('/').map(Number) as [number, number];
  const colour = colourOf(text, rotation % 180 === 0 ? height : width);
  return {
    width,
    height,
    format: format as VideoFormat,
    codedFormat: known.codedFormat ?? pixelFormatName(format!, colour.range),
    ...colour,
    frameRate: frames > 0 ? frames / seconds : undefined,
    durationUs: known.durationUs,
    frameCount: undefined,
    codec: known.codec ?? 'rawvideo',
    container: known.container ?? 'gstreamer',
    rotation,
    pixelAspect: wide / high,
  };
}

/** Colours of names and of numbers, `range:matrix:transfer:primaries`. */
const MATRICES: Readonly<Record<string, VideoColour['matrix'] | 'bt2020'>> = {
  bt709: 'bt709',
  '3': 'bt709',
  bt601: 'bt601',
  '4': 'bt601',
  bt2020: 'bt2020',
  'bt2020-10': 'bt2020',
  'bt2100-pq': 'bt2020',
  'bt2100-hlg': 'bt2020',
  '6': 'bt2020',
};

function saidColour(caps: string): { matrix: VideoColour['matrix'] | 'bt2020' | undefined; range: VideoColour['range'] } {
  const said = gdpField(caps, 'colorimetry');
  const [range, matrix] = said?.includes(':') ? said.split(':') : ['', said];
  return { matrix: MATRICES[matrix ?? ''], range: range === '1' ? 'full' : 'limited' };
}

export function colourOf(caps: string, codedHeight: number): VideoColour {
  const { matrix, range } = saidColour(caps);
  return { matrix: matrix === undefined || matrix === 'bt2020' ? assumedMatrix(codedHeight) : matrix, range };
}

/** Colours of ultra high definition, which are to be brought to a matrix of ours. */
export function isForeignMatrix(caps: string): boolean {
  return saidColour(caps).matrix === 'bt2020';
}

export function audioInfoOf(text: string, known: KnownSound = {}): AudioStreamInfo | undefined {
  const format = { F32LE: 'F32', S16LE: 'S16' }[gdpField(text, 'format') ?? ''] as AudioStreamInfo['format'] | undefined;
  if (!text.startsWith('audio/x-raw') || format === undefined) return undefined;
  const rate = Number(gdpField(text, 'rate'));
  const channels = Number(gdpField(text, 'channels'));
  return {
    format,
    rate,
    channels,
    codedRate: known.codedRate ?? rate,
    codedChannels: known.codedChannels ?? channels,
    durationUs: known.durationUs,
    codec: known.codec ?? (format === 'F32' ? 'pcm_f32le' : 'pcm_s16le'),
    container: known.container ?? 'gstreamer',
    language: known.language,
  };
}
