// What FFmpeg's complaints mean for somebody whose camera does not answer: the codes that its numbers have in the process.
import { MediaError } from '../media-error.ts';
import { type MediaInput, shownInput, shownUrl } from '../reader/media-input.ts';

type Meaning = readonly [said: RegExp, code: string, text: string];

const OF_STREAMS: readonly Meaning[] = [
  [/Connection refused/, 'media/refused', 'nothing listens there (connection refused); is it on, and is the port right?'],
  [
    /401 Unauthorized|returned 401|authorization failed/i,
    'media/unauthorised',
    'it wants a user and a password that it knows; put them before the host, user:password@host',
  ],
  [/403 Forbidden|returned 403/, 'media/unauthorised', 'this user may not see it'],
  [/404 |returned 404|Not Found/, 'media/not-found', 'it has no such stream (not found); is the path right?'],
  [/timed out|Immediate exit requested/, 'media/timed-out', 'the other side does not answer in time; is it on, and is the way to it open?'],
  [
    /No route to host|Failed to resolve hostname|Name or service not known|name resolution/,
    'media/unreachable',
    'there is no way to that host',
  ],
  [/Network is unreachable/, 'media/unreachable', 'there is no way to that network'],
  [/Protocol not found|not on whitelist/, 'media/bad-url', 'its protocol is not one that can be read'],
];

const OF_DEVICES: readonly Meaning[] = [
  [/Device or resource busy/, 'media/busy', 'another program uses it'],
  [
    /Permission denied|Operation not permitted/,
    'media/permission-denied',
    'this user may not read it; on Linux, add it to the group video or audio',
  ],
  [/No such file or directory|No such entity/, 'media/no-device', 'there is no such device; leat devices lists those there are'],
  [/No such device/, 'media/no-device', 'the device is gone'],
  [/Connection refused|No such process/, 'media/no-device', 'no sound server answers; does PulseAudio, or PipeWire, run for this user?'],
  [/Unknown input format/, 'media/no-device', 'this FFmpeg has no way to such devices'],
  [
    /Input\/output error|cannot open audio device|Cannot open video device/i,
    'media/no-device',
    'the device cannot be read; is it still there?',
  ],
];

const OF_ALL: readonly Meaning[] = [
  [/Decoder \(codec [^)]*\) not found|Unknown decoder/, 'media/unknown-codec', 'this FFmpeg has no decoder for it'],
  [/Stream map '0:V[^']*' matches no streams/, 'media/no-video', 'it holds no video stream'],
  [/Stream map '0:a[^']*' matches no streams/, 'media/no-audio', 'it holds no audio stream'],
];

/** @param fallback The error's code where what was said has no special meaning. */
export function ffmpegFault(input: MediaInput, faults: readonly string[], fallback: string, task = 'open', expected = ''): MediaError {
  const said = faults.join('\n');
  const special = input.kind === 'network' ? OF_STREAMS : input.kind === 'file' ? [] : OF_DEVICES;
  const meaning = [...special, ...OF_ALL].find(([pattern]) => pattern.test(said));
  const text = meaning?.[2] ?? `${withoutSecrets(input, faults.at(-1) ?? 'FFmpeg gave no reason')}${expected}`;
  return new MediaError(meaning?.[1] ?? fallback, `Cannot ${task} ${shownInput(input)}: ${text}`);
}

/** FFmpeg repeats what it was given to open, its password included. */
function withoutSecrets(input: MediaInput, said: string): string {
  const name = input.kind === 'network' ? input.url : undefined;
  const known = name === undefined ? said : said.replaceAll(`${name}: `, '').replaceAll(name, shownUrl(name));
  const own = input.kind === 'file' ? known.replace(`file:${input.path}: `, '') : known;
  return own.replace(/^pipe:0: /, '').replace(/[a-z][a-z0-9+.-]*:\/\/[^\s'"]+/gi, (url) => shownUrl(url));
}
