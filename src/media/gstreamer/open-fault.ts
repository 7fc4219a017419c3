// Why an input cannot be read, where what GStreamer says of it may not be enough.
import { MediaError } from '../media-error.ts';
import { EXPECTED, STREAM_FAULTS } from '../reader/fault-words.ts';
import { type MediaInput, shownInput } from '../reader/media-input.ts';
import type { ReadOptions } from '../reader/media-reader.ts';
import { connectionFault } from './connection-fault.ts';
import { gstreamerFault } from './gstreamer-fault.ts';

/** What it means where GStreamer says no more than that something did not work. */
const VAGUE = ['media/unreadable', 'media/not-media'];

/** @param tookMs How long it took to fail. */
export async function openFault(
  input: MediaInput,
  said: string,
  { video }: Pick<ReadOptions, 'video'>,
  tookMs: number,
  task = 'open',
): Promise<MediaError> {
  const isOpened = task !== 'open';
  const expected = EXPECTED[video === undefined ? 'audio' : 'video'];
  const fault = gstreamerFault(input, said, task, isOpened || input.kind === 'launch' ? 'media/unreadable' : 'media/not-media', expected);
  if (input.kind !== 'network' || !VAGUE.includes(fault.code)) return fault;
  if (tookMs < (input.timeoutMs ?? 5000)) return (await connectionFault(input, task)) ?? fault;
  return new MediaError('media/timed-out', `Cannot ${task} ${shownInput(input)}: ${STREAM_FAULTS['media/timed-out']}`);
}
