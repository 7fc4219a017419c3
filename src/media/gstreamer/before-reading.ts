// What is done before GStreamer is asked: what can be told without it, and whether it has to look into an input first.
import { open } from 'node:fs/promises';
import { MediaError } from '../media-error.ts';
import { EXPECTED } from '../reader/fault-words.ts';
import { isLiveInput, type MediaInput, schemeOf } from '../reader/media-input.ts';
import type { ReadOptions } from '../reader/media-reader.ts';
import { readableInput } from '../reader/readable-input.ts';

type Wishes = Pick<ReadOptions, 'video' | 'audio'>;

const HEAD_BYTES = 1024;

/** @throws MediaError for what can be told of a file without GStreamer, RangeError for plays that are no number. */
export async function checkedInput(wanted: MediaInput): Promise<MediaInput> {
  const input = await readableInput(wanted);
  if (input.kind === 'file') await refuseText(input.path);
  return input;
}

/** Text is no media, but GStreamer would follow lists of other media in it, wherever those are. */
async function refuseText(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    if (buffer.subarray(0, bytesRead).some((byte) => byte < 32 && ![9, 10, 13].includes(byte))) return;
  } finally {
    await file.close();
  }
  throw new MediaError('media/not-media', `Cannot open ${path}: it is text${EXPECTED.video}`);
}

/** Whether what an input holds is to be known before any of it is read. */
export function isSeenFirst(input: MediaInput, { video, audio }: Wishes): boolean {
  if (input.kind === 'file') return true;
  if (input.kind !== 'network') return false;
  const isChosen = [video, audio].some((wish) => wish?.required === false || (wish?.stream ?? 0) > 0);
  return isChosen || (video !== undefined && audio !== undefined && !isLiveInput(input));
}

/** A launch line and a microphone give what they give. */
export function canBeLookedInto(input: MediaInput): boolean {
  return input.kind !== 'launch' && input.kind !== 'microphone';
}

/** What is known of an input's streams that has not been looked into. */
export function beforehand(input: MediaInput): { readonly container?: string } {
  if (input.kind === 'launch') return {};
  if (input.kind === 'network') return { container: schemeOf(input).replace(/^(rtsp)s$/, '$1') };
  if (input.kind === 'camera') return { container: 'v4l2' };
  return { container: input.kind === 'microphone' && input.system === 'pulse' ? 'pulse' : 'alsa' };
}
