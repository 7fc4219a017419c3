// What FFmpeg's complaints mean for somebody whose camera does not answer: the codes that its numbers have in the process.
import { MediaError } from '../media-error.ts';
import { DEVICE_FAULTS, FORBIDDEN, STREAM_FAULTS } from '../reader/fault-words.ts';
import { type MediaInput, shownInput, shownUrl } from '../reader/media-input.ts';

type Meaning = readonly [said: RegExp, code: string, text: string];

const OF_STREAMS: readonly Meaning[] = [
  [/Connection refused/, 'media/refused', STREAM_FAULTS['media/refused']],
  [/401 Unauthorized|returned 401|authorization failed/i, 'media/unauthorised', STREAM_FAULTS['media/unauthorised']],
  [/403 Forbidden|returned 403/, 'media/unauthorised', FORBIDDEN],
  [/404 |returned 404|Not Found/, 'media/not-found', STREAM_FAULTS['media/not-found']],
  [/timed out|Immediate exit requested/, 'media/timed-out', STREAM_FAULTS['media/timed-out']],
  [
    /No route to host|Failed to resolve hostname|Name or service not known|name resolution/,
    'media/unreachable',
    STREAM_FAULTS['media/unreachable'],
  ],
  [/Network is unreachable/, 'media/unreachable', 'there is no way to that network'],
  [/Protocol not found|not on whitelist/, 'media/bad-url', STREAM_FAULTS['media/bad-url']],
];

const OF_DEVICES: readonly Meaning[] = [
  [/Device or resource busy/, 'media/busy', DEVICE_FAULTS['media/busy']],
  [/Permission denied|Operation not permitted/, 'media/permission-denied', DEVICE_FAULTS['media/permission-denied']],
  [/No such file or directory|No such entity/, 'media/no-device', DEVICE_FAULTS['media/no-device']],
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
