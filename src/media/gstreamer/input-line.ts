// The elements that bring each kind of input, and how what they give is taken: pictures and sound, decoded, of one child.
import { MediaError } from '../media-error.ts';
import { isLiveInput, type MediaInput, type NetworkInput, schemeOf, shownInput } from '../reader/media-input.ts';
import { SINKS, type StreamKind } from './decoder-log.ts';
import { cameraWords, microphoneWords } from './device-line.ts';
import { launchArguments, launchProperty } from './launch-arguments.ts';

export interface InputLine {
  readonly words: readonly string[];
  /** The words that take its pictures; what brings them into a form of ours follows. */
  readonly video: readonly string[];
  readonly audio: readonly string[];
}

/** Pads of a decoder, where they are known: `src_0`. */
export interface DecodedPads {
  readonly video: string | undefined;
  readonly audio: string | undefined;
}

export interface LineOptions {
  /** Of decoders; 0 for one per core. */
  readonly threads: number;
  /** Pictures and sound are both taken. */
  readonly both: boolean;
  readonly pads?: DecodedPads | undefined;
}

/** What streams come out of. No element of somebody's line is called so by chance. */
const OUTLET = 'leat-outlet';

/** Decoders that would otherwise take a thread for each core, by the name that the first of its kind has in a process. */
const THREADED = ['h264-0', 'h265-0', 'mpeg4-0', 'mpeg2video0', 'vp8-0', 'vp9-0', 'mjpeg0', 'ffv1-0'];

/** @throws MediaError `media/bad-url`. */
export function inputLine(input: MediaInput, options: LineOptions): InputLine {
  switch (input.kind) {
    case 'file':
      return decoded(['filesrc', launchProperty('location', input.path)], options);
    case 'network':
      return networkLine(input, options);
    case 'camera':
      return decoded(cameraWords(input), options);
    case 'microphone':
      return { words: microphoneWords(input), video: ['!'], audio: ['!'] };
    case 'launch':
      return launchLine(input.line, options);
  }
}

function decoder({ threads }: LineOptions): string[] {
  return threads === 0 ? [] : THREADED.map((name) => `avdec_${name}::max-threads=${threads}`);
}

/** Whatever they give is found out and decoded. */
function decoded(words: readonly string[], options: LineOptions): InputLine {
  const { pads } = options;
  const take = (pad: string | undefined, kind: string): string[] =>
    pad === undefined ? [`${OUTLET}.`, '!', `${kind}/x-raw(ANY)`, '!'] : [`${OUTLET}.${pad}`, '!'];
  return {
    words: [...words, '!', 'decodebin', `name=${OUTLET}`, ...decoder(options)],
    video: take(pads?.video, 'video'),
    audio: take(pads?.audio, 'audio'),
  };
}

/** @throws MediaError `media/bad-url`. */
function networkLine(input: NetworkInput, options: LineOptions): InputLine {
  const { url, timeoutMs = 5000 } = input;
  const scheme = schemeOf(input);
  const seconds = Math.max(1, Math.ceil(timeoutMs / 1000));
  switch (scheme) {
    case 'rtsp':
    case 'rtsps':
      return rtspLine(input, scheme, options);
    case 'http':
    case 'https':
      return decoded(httpWords(input, scheme, seconds), options);
    case 'udp':
      return decoded(['udpsrc', launchProperty('uri', url), `timeout=${timeoutMs * 1e6}`], options);
    case 'srt':
      return decoded(['srtsrc', launchProperty('uri', url)], options);
    case 'rtmp':
      return decoded(['rtmp2src', launchProperty('location', url), `timeout=${seconds}`], options);
    case 'tcp': {
      const { hostname, port } = new URL(url.replace(/^tcp/i, 'http'));
      return decoded(['tcpclientsrc', launchProperty('host', hostname), `port=${port}`], options);
    }
    default: {
      const known = 'expected rtsp, rtsps, http, https, udp, srt, rtmp, tcp';
      throw new MediaError('media/bad-url', `Cannot open ${shownInput(input)}: ${scheme} is no protocol that can be read; ${known}`);
    }
  }
}

function httpWords(input: NetworkInput, scheme: string, seconds: number): string[] {
  const { url, verifyTls = true, caFile } = input;
  // The usual element reads a file of certificates that are trusted, and trusts them not.
  const words = [caFile === undefined ? 'souphttpsrc' : 'curlhttpsrc', launchProperty('location', url), `timeout=${seconds}`, 'retries=0'];
  if (scheme === 'https') words.push(`ssl-strict=${verifyTls}`);
  if (caFile !== undefined) words.push(launchProperty('ssl-ca-file', caFile));
  return isLiveInput(input) ? [...words, ...(caFile === undefined ? ['is-live=true'] : []), 'do-timestamp=true'] : words;
}

/** Each stream of a camera has a decoder of its own, since it says itself which are pictures. */
function rtspLine(input: NetworkInput, scheme: string, options: LineOptions): InputLine {
  const { url, transport = 'tcp', latencyMs = 200, timeoutMs = 5000, verifyTls = true } = input;
  const words = ['rtspsrc', `name=${OUTLET}`, launchProperty('location', url), `tcp-timeout=${timeoutMs * 1000}`, 'timeout=0'];
  // By TCP nothing comes out of order, and nothing is waited for.
  if (transport === 'udp') words.push('protocols=udp', `latency=${latencyMs}`);
  else words.push(scheme === 'rtsps' ? 'protocols=tls' : 'protocols=tcp', 'latency=0');
  if (!verifyTls) words.push('tls-validation-flags=0');
  const take = (media: StreamKind): string[] => [
    `${OUTLET}.`,
    '!',
    `application/x-rtp,media=${media}`,
    '!',
    'decodebin',
    `name=${SINKS[media]}-decoder`,
    ...decoder(options),
    '!',
  ];
  return { words, video: take('video'), audio: take('audio') };
}

/** What its last element gives, or, of both, what elements of it give that are called `video` and `audio`. */
function launchLine(line: string, { both }: LineOptions): InputLine {
  const words = launchArguments(line);
  if (!both) return { words, video: ['!'], audio: ['!'] };
  const take = (from: string, kind: StreamKind): string[] => [from, '!', `${kind}/x-raw`, '!', 'queue', `name=${SINKS[kind]}`, '!'];
  const is = (name: string): boolean => words.some((word) => word === `name=${name}` || word === `name="${name}"`);
  if (is('video') && is('audio')) return { words, video: take('video.', 'video'), audio: take('audio.', 'audio') };
  const end = words.at(-1) ?? '';
  if (/^[\w-]+\.$/.test(end)) return { words: words.slice(0, -1), video: take(end, 'video'), audio: take(end, 'audio') };
  const last = words.slice(words.lastIndexOf('!') + 1);
  const name = last.find((word) => word.startsWith('name='))?.slice('name='.length);
  const from = `${name ?? OUTLET}.`;
  return { words: name === undefined ? [...words, `name=${OUTLET}`] : words, video: take(from, 'video'), audio: take(from, 'audio') };
}
