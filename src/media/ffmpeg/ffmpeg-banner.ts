// Reads what FFmpeg says of an input before it decodes: `Stream #0:0: Video: h264 (High), yuv420p(tv, bt709), 640x360, 25 fps`.
import { assumedMatrix, type VideoStreamInfo } from '../video/video-stream-info.ts';

export interface BannerStream {
  readonly kind: 'video' | 'audio';
  /** A picture on the cover of a song, which is no video. */
  readonly isCover: boolean;
  readonly isDefault: boolean;
  /** Its line, and what is said of it below. */
  readonly text: string;
}

export interface CodedPictures {
  readonly info: VideoStreamInfo;
  /** Colours of ultra high definition, which are brought to the matrix that the info tells. */
  readonly isForeignMatrix: boolean;
}

export interface CodedSound {
  readonly codedRate: number;
  readonly codedChannels: number;
  readonly durationUs: number | undefined;
  readonly codec: string;
  readonly container: string;
  readonly language: string | undefined;
}

/** The pictures and the sounds that a banner speaks of. */
export function bannerStreams(banner: string): readonly BannerStream[] {
  const input = /Input #0,[\s\S]*?(?=Stream mapping:|Output #|$)/.exec(banner)?.[0] ?? '';
  return input
    .split(/(?=Stream #0:\d+)/)
    .slice(1)
    .flatMap((text) => {
      const line = text.split('\n')[0]!;
      const kind = /: (Video|Audio): /.exec(line)?.[1]?.toLowerCase() as 'video' | 'audio' | undefined;
      return kind === undefined ? [] : [{ kind, isCover: /attached pic/.test(line), isDefault: /\(default\)/.test(line), text }];
    });
}

export function containerOf(banner: string): string {
  const container = /Input #0, ([^ ]+), from/.exec(banner)?.[1];
  // Of what is on a list it does not tell.
  return container === undefined || container === 'concat' ? 'unknown' : container;
}

const PICTURES = /: Video: (\w+)[^,]*, (\w+)(?:\(([^)]*)\))?.*?, (\d+)x(\d+)/;

/** The pictures of a stream, as its frames will be shown; undefined where FFmpeg could not find out. */
export function readPictures(banner: string, { text }: BannerStream): CodedPictures | undefined {
  const stream = PICTURES.exec(text);
  if (stream === null) return undefined;
  const [, codec, codedFormat, colour = ''] = stream as unknown as [string, string, string, string | undefined];
  const rotation = rotationOf(text);
  const turned = rotation === 90 || rotation === 270;
  const [codedWidth, codedHeight] = [Number(stream[4]), Number(stream[5])];
  const aspect = /\[?SAR (\d+):(\d+)/.exec(text);
  const shape = aspect === null ? 1 : Number(aspect[1]) / Number(aspect[2]);
  const info: VideoStreamInfo = {
    width: turned ? codedHeight : codedWidth,
    height: turned ? codedWidth : codedHeight,
    codec: codec.toLowerCase(),
    codedFormat,
    format: 'I420',
    container: containerOf(banner),
    matrix: matrixOf(colour, codedHeight),
    range: rangeOf(colour, codedFormat),
    frameRate: rateOf(text),
    durationUs: durationOf(banner),
    frameCount: undefined,
    rotation,
    pixelAspect: turned ? 1 / shape : shape,
  };
  return { info, isForeignMatrix: /bt2020n?c/.test(colour.replaceAll('bt2020-', '')) };
}

/** The sound of a stream; undefined where FFmpeg could not find out. */
export function readSound(banner: string, { text }: BannerStream): CodedSound | undefined {
  const stream = /Stream #0:\d+(?:\[[^\]]*\])?(?:\((\w+)\))?: Audio: (\w+)[^,]*, (\d+) Hz, ([^,\n]+)/.exec(text);
  if (stream === null) return undefined;
  const [, language, codec, rate, channels] = stream as unknown as [string, string | undefined, string, string, string];
  return {
    codedRate: Number(rate),
    codedChannels: channelsOf(channels),
    durationUs: durationOf(banner),
    codec: codec.toLowerCase(),
    container: containerOf(banner),
    language,
  };
}

/** By what FFmpeg calls it, and by the height that it is coded with where it calls it nothing. */
export function matrixOf(colour: string, codedHeight: number): VideoStreamInfo['matrix'] {
  const matrix = /(?:pc|tv), (\w+)/.exec(colour)?.[1] ?? colour;
  if (/bt709/.test(matrix)) return 'bt709';
  return /bt470bg|smpte170m/.test(matrix) ? 'bt601' : assumedMatrix(codedHeight);
}

export function rangeOf(colour: string, format: string): VideoStreamInfo['range'] {
  if (/\b(pc|tv)\b/.test(colour)) return /\bpc\b/.test(colour) ? 'full' : 'limited';
  return format.startsWith('yuvj') || /^gray/.test(format) ? 'full' : 'limited';
}

/** Clockwise, where the banner counts the other way. */
function rotationOf(text: string): VideoStreamInfo['rotation'] {
  const degrees = Number(/rotation of (-?[\d.]+) degrees/.exec(text)?.[1] ?? 0);
  return ((((Math.round(-degrees / 90) * 90) % 360) + 360) % 360) as VideoStreamInfo['rotation'];
}

/** Rates of television are told with two digits, and are fractions. */
const TELEVISION: Readonly<Record<string, number>> = { '23.98': 24_000 / 1001, '29.97': 30_000 / 1001, '59.94': 60_000 / 1001 };

function rateOf(text: string): number | undefined {
  const rate = /, ([\d.]+) fps/.exec(text)?.[1];
  return rate === undefined ? undefined : (TELEVISION[rate] ?? Number(rate));
}

function channelsOf(layout: string): number {
  const known: Readonly<Record<string, number>> = { mono: 1, stereo: 2, downmix: 2, quad: 4, hexagonal: 6, octagonal: 8 };
  const name = layout.trim().replace(/\(.*/, '');
  const counted = /^(\d+) channels/.exec(name)?.[1];
  if (counted !== undefined) return Number(counted);
  return known[name] ?? name.split('.').reduce((sum, part) => sum + Number(part), 0);
}

function durationOf(banner: string): number | undefined {
  const parts = /Duration: (\d+):(\d+):(\d+)\.(\d+)/.exec(banner);
  if (parts === null) return undefined;
  const [hours, minutes, seconds] = parts.slice(1, 4).map(Number) as [number, number, number];
  return Math.round((hours * 3600 + minutes * 60 + seconds + Number(`0.${parts[4]}`)) * 1e6);
}
