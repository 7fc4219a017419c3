import { GstreamerReader } from '../gstreamer/gstreamer-reader.ts';
import { MediaError } from '../media-error.ts';
import { type LaunchInput, shownInput, shownLine } from '../reader/media-input.ts';
import type { ReadOptions } from '../reader/media-reader.ts';
import { assertRoom, BoundLine } from './bound-line.ts';
import type { Superficial } from './superficial.ts';

/** Reads a launch line in this process. @throws MediaError `media/too-many-lines`, and what reading it elsewhere throws. */
export function readHere(binding: Superficial, input: LaunchInput, options: ReadOptions): Promise<GstreamerReader> {
  const name = shownInput(input);
  if (shownLine(input.line) !== input.line) {
    const text =
      'GStreamer writes what it takes for mistakes to the standard error as they are, and this line holds secrets; run it in a process of its own';
    throw new MediaError('media/bad-launch', `Cannot open ${name}: ${text}`);
  }
  try {
    assertRoom(Number(options.video !== undefined) + Number(options.audio !== undefined));
  } catch (error) {
    const { code, message } = error as MediaError;
    throw new MediaError(code, `Cannot open ${name}: ${message}`);
  }
  return GstreamerReader.open(input, options, (words) => new BoundLine(binding, words));
}
