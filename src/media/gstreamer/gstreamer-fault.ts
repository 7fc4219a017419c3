// What gst-launch-1.0's complaints mean, in the codes and the words that all ways to read media share.
import { MediaError } from '../media-error.ts';
import { DEVICE_FAULTS, FORBIDDEN, STREAM_FAULTS } from '../reader/fault-words.ts';
import { type MediaInput, shownInput, shownLine } from '../reader/media-input.ts';

type Meaning = readonly [said: RegExp, code: string, text?: string];

/** Elements that bring to us what an input gives; some are of plugins that are installed apart. */
const OWN_ELEMENTS =
  /no element "(gdppay|videoconvert|videoflip|audioconvert|audioresample|fdsink|decodebin|filesrc|rtspsrc|souphttpsrc|curlhttpsrc|udpsrc|srtsrc|rtmp2src|tcpclientsrc|v4l2src|alsasrc|pulsesrc)"/;

const OF_LINES: readonly Meaning[] = [
  [/no element "|could not link|syntax error|no property "|could not set property|erroneous pipeline/, 'media/bad-launch'],
  [/Unauthorized|Not authorized/i, 'media/unauthorised'],
  [/Connection refused/i, 'media/refused'],
  [/busy/i, 'media/busy'],
  [/Permission denied/i, 'media/permission-denied'],
  [/Resource not found|No such file|Not Found/i, 'media/not-found'],
];

const stream = (said: RegExp, code: keyof typeof STREAM_FAULTS): Meaning => [said, code, STREAM_FAULTS[code]];

const OF_STREAMS: readonly Meaning[] = [
  stream(/Connection refused/i, 'media/refused'),
  stream(/Unauthorized|\(401\)/i, 'media/unauthorised'),
  [/Forbidden|\(403\)/i, 'media/unauthorised', FORBIDDEN],
  stream(/Not found|\(404\)/i, 'media/not-found'),
  stream(/timed out|timeout|Could not receive any UDP packets/i, 'media/timed-out'),
  stream(/No route to host|resolve|Name or service not known|Network is unreachable/i, 'media/unreachable'),
];

const device = (said: RegExp, code: keyof typeof DEVICE_FAULTS): Meaning => [said, code, DEVICE_FAULTS[code]];

const OF_DEVICES: readonly Meaning[] = [
  device(/busy/i, 'media/busy'),
  device(/Permission denied|Operation not permitted/i, 'media/permission-denied'),
  [/No such device\b/, 'media/no-device', 'the device is gone'],
  device(
    /Cannot identify device|No such file|Connection refused|No such entity|Unknown PCM|not found|could not open|Failed to connect/i,
    'media/no-device',
  ),
];

const OF_ALL: readonly Meaning[] = [
  [/missing a plug-in|Missing decoder/, 'media/unknown-codec', 'this GStreamer has no decoder for it'],
  [/Could not determine type|doesn't contain enough data|appears to be a text file/, 'media/not-media'],
];

/** @param fallback The error's code where what was said has no special meaning. @param expected What is told where it is no media. */
export function gstreamerFault(input: MediaInput, said: string, task = 'open', fallback = 'media/unreadable', expected = ''): MediaError {
  const [, lacking] = OWN_ELEMENTS.exec(said) ?? [];
  const isOurs = lacking !== undefined && !(input.kind === 'launch' && input.line.includes(lacking));
  if (isOurs) {
    const text = `GStreamer's element ${lacking} is not installed, by which what an input gives comes here; install its base, good and bad plugins`;
    return new MediaError('media/library-missing', `Cannot ${task} ${shownInput(input)}: ${text}`);
  }
  const special = { launch: OF_LINES, network: OF_STREAMS, camera: OF_DEVICES, microphone: OF_DEVICES, file: [] }[input.kind];
  const [, code = fallback, words] = [...special, ...OF_ALL].find(([pattern]) => pattern.test(said)) ?? [];
  const text = words ?? (reasonIn(said) || 'GStreamer gave no reason');
  return new MediaError(code, `Cannot ${task} ${shownInput(input)}: ${text}${code === 'media/not-media' ? expected : ''}`);
}

/** What it says in its own words, without passwords. */
function reasonIn(said: string): string {
  const line = /^(?:WARNING: erroneous pipeline|ERROR: (?:pipeline could not be constructed|from element [^\n]*?)): *(.+)$/m.exec(
    said,
  )?.[1];
  return shownLine(line ?? said.trim().split('\n').at(-1) ?? '');
}
