// The elements of Linux's cameras and microphones, and how they are told what is wanted of them.
import type { CameraInput, MicrophoneInput } from '../reader/media-input.ts';
import { launchProperty } from './launch-arguments.ts';

/** FFmpeg's names of how cameras code, in GStreamer's caps. */
const CODED: Readonly<Record<string, string>> = {
  mjpeg: 'image/jpeg',
  h264: 'video/x-h264',
  hevc: 'video/x-h265',
  yuyv422: 'video/x-raw,format=YUY2',
  uyvy422: 'video/x-raw,format=UYVY',
  nv12: 'video/x-raw,format=NV12',
  yuv420p: 'video/x-raw,format=I420',
  gray: 'video/x-raw,format=GRAY8',
  rgb24: 'video/x-raw,format=RGB',
  bgr24: 'video/x-raw,format=BGR',
};

export function cameraWords({ device = '/dev/video0', width, height, frameRate, codedFormat }: CameraInput): string[] {
  const size = width === undefined || height === undefined ? '' : `,width=${width},height=${height}`;
  const rate = frameRate === undefined ? '' : `,framerate=${fraction(frameRate)}`;
  const coded = codedFormat === undefined ? ['video/x-raw', 'image/jpeg'] : [CODED[codedFormat] ?? `video/x-${codedFormat}`];
  const source = ['v4l2src', launchProperty('device', device)];
  if (size === '' && rate === '' && codedFormat === undefined) return source;
  // What it cannot do it does as it likes: the first that it can is taken.
  const wishes = [...new Set([`${size}${rate}`, size, ''])].flatMap((wish) => coded.map((one) => `${one}${wish}`));
  return [...source, '!', `${wishes.join(';')}`];
}

/** PulseAudio's elements speak to what knows its protocol, too. */
export function microphoneWords({ device, system, server, rate, channels, chunkUs }: MicrophoneInput): string[] {
  const name = system === 'pulse' ? device : (device ?? 'default');
  const words = [system === 'pulse' ? 'pulsesrc' : 'alsasrc', ...(name === undefined ? [] : [launchProperty('device', name)])];
  if (system === 'pulse' && server !== undefined) words.push(launchProperty('server', server));
  if (chunkUs !== undefined) words.push(`latency-time=${Math.round(chunkUs)}`, `buffer-time=${Math.round(10 * chunkUs)}`);
  if (rate === undefined && channels === undefined) return words;
  const wish = [
    'audio/x-raw',
    ...(rate === undefined ? [] : [`rate=${rate}`]),
    ...(channels === undefined ? [] : [`channels=${channels}`]),
  ];
  return [...words, '!', 'audioconvert', '!', 'audioresample', '!', wish.join(',')];
}

/** A rate as GStreamer writes it; those of television are told with two digits, and are fractions of their own. */
function fraction(rate: number): string {
  if (Number.isInteger(rate)) return `${rate}/1`;
  const television = Math.ceil(rate) * 1000;
  return Math.abs(television / 1001 - rate) < 0.01 ? `${television}/1001` : `${Math.round(rate * 1000)}/1000`;
}
