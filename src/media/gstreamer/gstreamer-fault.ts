// What gst-launch-1.0's complaints mean, in the codes that all ways to read media share.
import { MediaError } from '../media-error.ts';
import { type MediaInput, shownInput, shownLine } from '../reader/media-input.ts';

/** Elements that bring to us what a line gives; some are of plugins that are installed apart. */
const OWN_ELEMENTS = /no element "(gdppay|audiobuffersplit|videoconvert|audioconvert|audioresample|fdsink)"/;

const MEANINGS: readonly (readonly [said: RegExp, code: string])[] = [
  [/no element "|could not link|syntax error|no property "|could not set property|erroneous pipeline/, 'media/bad-launch'],
  [/Unauthorized|Not authorized/i, 'media/unauthorised'],
  [/Connection refused/i, 'media/refused'],
  [/busy/i, 'media/busy'],
  [/Permission denied/i, 'media/permission-denied'],
  [/Resource not found|No such file|Not Found/i, 'media/not-found'],
  [/not-negotiated|Internal data stream error|no suitable/i, 'media/unreadable'],
];

export function gstreamerFault(input: MediaInput, said: string, task = 'open'): MediaError {
  const [, lacking] = OWN_ELEMENTS.exec(said) ?? [];
  if (lacking !== undefined) {
    const text = `GStreamer's element ${lacking} is not installed, by which what a line gives comes here; install its base and its bad plugins`;
    return new MediaError('media/library-missing', `Cannot ${task} ${shownInput(input)}: ${text}`);
  }
  const code = MEANINGS.find(([pattern]) => pattern.test(said))?.[1] ?? 'media/unreadable';
  const line = /^(?:WARNING: erroneous pipeline|ERROR: (?:pipeline could not be constructed|from element [^\n]*?)): *(.+)$/m.exec(
    said,
  )?.[1];
  const text = line ?? said.trim().split('\n').at(-1) ?? '';
  return new MediaError(code, `Cannot ${task} ${shownInput(input)}: ${shownLine(text) || 'GStreamer gave no reason'}`);
}
