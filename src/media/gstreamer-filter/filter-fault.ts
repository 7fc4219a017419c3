// Why a line between two elements of ours does not run, in GStreamer's words, and what would mend it.

import { gstreamerFault } from '../gstreamer/gstreamer-fault.ts';
import { MediaError } from '../media-error.ts';
import type { LineWish } from './launch-caps.ts';

export interface LinePlace {
  /** GStreamer's caps of what the line is given. */
  readonly given: string;
  readonly wish: LineWish;
}

/** @param said What gst-launch-1.0 wrote to its standard error. */
export function filterFault(line: string, said: string, task: string, { given, wish }: LinePlace): MediaError {
  const { code, message } = gstreamerFault({ kind: 'launch', line, isLive: false }, said, task);
  const [, element] = /no element "([^"]+)"/.exec(said) ?? [];
  if (element === 'gdpdepay')
    return new MediaError(
      'media/library-missing',
      `${message}, by which a line is given what it works on; install GStreamer's bad plugins`,
    );
  if (element !== undefined && code === 'media/bad-launch')
    return new MediaError(
      code,
      `${message}; correct its name, or install the plugin that has it: gst-inspect-1.0 ${element} says what is there`,
    );
  if (!/not-negotiated|could not link|no suitable|delayed linking failed/i.test(said)) return new MediaError(code, message);
  const { format, width, height } = wish;
  const size = width === undefined && height === undefined ? '' : `, ${width ?? 'any width'}×${height ?? 'any height'}`;
  const advice =
    `it is given ${given.split(', interlace-mode')[0]} and is to end in ${format}${size}; ` +
    'put videoconvert ! videoscale (audioconvert ! audioresample of sound) where two of its elements, or it and its ends, do not fit';
  return new MediaError('media/bad-launch', `${message}; ${advice}`);
}
