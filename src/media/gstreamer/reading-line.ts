// What gst-launch-1.0 is told: where media come from, what they are brought to, and the pipes that they come by, in packets that tell
// their times and their caps.
import type { MediaInput } from '../reader/media-input.ts';
import type { ReadOptions } from '../reader/media-reader.ts';
import { SINKS } from './decoder-log.ts';
import { PICTURES_PIPE, SOUND_PIPE } from './gstreamer-child.ts';
import { type DecodedPads, inputLine } from './input-line.ts';

/** What an input holds of what is wanted, where that was looked at. */
export interface FoundPads extends DecodedPads {
  /** The matrix that its colours are to be brought to, where they are of none of ours. */
  readonly bringTo: 'bt601' | 'bt709' | undefined;
}

type Wishes = Pick<ReadOptions, 'video' | 'audio'>;

/** @throws MediaError `media/bad-url`. */
export function readingLine(input: MediaInput, { video, audio }: Wishes, threads = 1, found?: FoundPads): string[] {
  const takesPictures = video !== undefined && (found === undefined || found.video !== undefined);
  const takesSound = audio !== undefined && (found === undefined || found.audio !== undefined);
  const source = inputLine(input, { threads, both: takesPictures && takesSound, pads: found });
  return [
    ...source.words,
    ...(takesPictures ? [...source.video, ...asPictures(video, found?.bringTo), ...intoPipe(PICTURES_PIPE)] : []),
    ...(takesSound ? [...source.audio, ...asSound(audio), ...intoPipe(SOUND_PIPE)] : []),
  ];
}

/** Decodes the first picture and the first sound of whatever an input holds, for nobody. @throws MediaError `media/bad-url`. */
export function lookingLine(input: MediaInput): string[] {
  const { words, video, audio } = inputLine(input, { threads: 1, both: true });
  return [...words, ...video, 'fakesink', `name=${SINKS.video}`, ...audio, 'fakesink', `name=${SINKS.audio}`];
}

/** Upright, and in a format of ours. */
function asPictures({ format }: NonNullable<Wishes['video']>, bringTo: string | undefined): string[] {
  const caps = `video/x-raw,format=${format === 'native' ? '{I420,NV12,GRAY8}' : 'I420'}`;
  const colours = bringTo === undefined ? '' : `,colorimetry=${bringTo}`;
  return ['videoconvert', '!', `${caps}${colours}`, '!', 'videoflip', 'video-direction=auto'];
}

function asSound({ format = 'F32', rate, channels }: NonNullable<Wishes['audio']>): string[] {
  const caps = [
    `audio/x-raw,format=${format === 'S16' ? 'S16LE' : 'F32LE'},layout=interleaved`,
    ...(rate === undefined ? [] : [`rate=${rate}`]),
    ...(channels === undefined ? [] : [`channels=${channels}`]),
  ];
  return ['audioconvert', '!', 'audioresample', '!', caps.join(',')];
}

function intoPipe(pipe: number): string[] {
  return ['!', 'gdppay', '!', 'fdsink', `fd=${pipe}`, 'sync=false'];
}
