// Reads what FFmpeg says of a file before it decodes: `Stream #0:0: Video: h264 (High), yuv420p(tv, bt709), 640x360, 25 fps`.
import { assumedMatrix, type VideoStreamInfo } from '../video/video-stream-info.ts';

const STREAM = /Stream #\S+.*?: Video: (\w+)[^,]*, (\w+)(?:\(([^)]*)\))?.*?, (\d+)x(\d+)/;

/** The first video stream that a banner speaks of, as its frames will be shown; undefined where it speaks of none. */
export function readBanner(banner: string): VideoStreamInfo | undefined {
  const stream = STREAM.exec(banner);
  if (stream === null) return undefined;
  const [, codec, codedFormat, colour = ''] = stream as unknown as [string, string, string, string | undefined];
  const rotation = rotationOf(banner);
  const turned = rotation === 90 || rotation === 270;
  const [width, height] = [Number(stream[turned ? 5 : 4]), Number(stream[turned ? 4 : 5])];
  const rate = /, ([\d.]+) fps/.exec(banner)?.[1];
  const aspect = /\[?SAR (\d+):(\d+)/.exec(banner);
  return {
    width,
    height,
    codec: codec.toLowerCase(),
    codedFormat,
    format: 'I420',
    container: /Input #0, ([^ ]+), from/.exec(banner)?.[1] ?? 'unknown',
    matrix: /bt709/.test(colour) ? 'bt709' : /bt470bg|smpte170m/.test(colour) ? 'bt601' : assumedMatrix(height),
    range: /\bpc\b/.test(colour) || codedFormat.startsWith('yuvj') ? 'full' : 'limited',
    frameRate: rate === undefined ? undefined : Number(rate),
    durationUs: durationOf(banner),
    frameCount: undefined,
    rotation,
    pixelAspect: aspect === null ? 1 : Number(aspect[1]) / Number(aspect[2]),
  };
}

/** Clockwise, where the banner counts the other way. */
function rotationOf(banner: string): VideoStreamInfo['rotation'] {
  const degrees = Number(/rotation of (-?[\d.]+) degrees/.exec(banner)?.[1] ?? 0);
  return ((((Math.round(-degrees / 90) * 90) % 360) + 360) % 360) as VideoStreamInfo['rotation'];
}

function durationOf(banner: string): number | undefined {
  const parts = /Duration: (\d+):(\d+):(\d+)\.(\d+)/.exec(banner);
  if (parts === null) return undefined;
  const [hours, minutes, seconds] = parts.slice(1, 4).map(Number) as [number, number, number];
  return Math.round((hours * 3600 + minutes * 60 + seconds + Number(`0.${parts[4]}`)) * 1e6);
}
