// The words that FFmpeg's program is asked in: raw pictures on its standard output, raw sound on its fourth pipe, and what is known of
// each on its standard error.
import { inputOptions } from '../reader/input-options.ts';
import { isLiveInput, type MediaInput } from '../reader/media-input.ts';
import type { ReadOptions } from '../reader/media-reader.ts';
import type { CodedPictures } from './ffmpeg-banner.ts';
import type { FfmpegProgram } from './ffmpeg-program.ts';

/** The pipe that sound comes by. */
export const SOUND_PIPE = 3;

const SAY = ['-hide_banner', '-nostats', '-nostdin', '-v', 'repeat+level+info'];

/** Which streams are read, counted from 0 among those of their kind, and what they are like where that is known beforehand. */
export interface Chosen {
  readonly video: { readonly index: number; readonly coded: CodedPictures | undefined } | undefined;
  readonly audio: { readonly index: number } | undefined;
}

/** Asks only what there is. */
export function probeCommand(program: FfmpegProgram, input: MediaInput): readonly string[] {
  return [...SAY, ...openCommand(program, input)];
}

export function readCommand(
  program: FfmpegProgram,
  input: MediaInput,
  { video, audio }: Chosen,
  options: Pick<ReadOptions, 'video' | 'audio' | 'threads'>,
): readonly string[] {
  const threads = ['-threads', String(options.threads ?? 1)];
  const live = isLiveInput(input) ? ['-flags', 'low_delay'] : [];
  const command = [...SAY, ...threads, ...live, ...openCommand(program, input)];
  if (video !== undefined) {
    const filters = [...conversion(video.coded, options.video?.format ?? 'I420'), 'settb=1/1000000', program.showinfo];
    command.push('-map', `0:V:${video.index}`, '-vf', filters.join(','), ...program.passthrough, ...program.sizesAsTheyAre);
    command.push('-f', 'rawvideo', 'pipe:1');
  }
  if (audio !== undefined) {
    const { format = 'F32', rate, channels } = options.audio!;
    const wanted = [`sample_fmts=${format === 'F32' ? 'flt' : 's16'}`];
    if (rate !== undefined) wanted.push(`sample_rates=${rate}`);
    if (channels !== undefined) wanted.push(`channel_layouts=${channels === 1 ? 'mono' : channels === 2 ? 'stereo' : `${channels}c`}`);
    command.push('-map', `0:a:${audio.index}`, '-af', `aformat=${wanted.join(':')},asettb=1/1000000,ashowinfo`);
    command.push('-f', format === 'F32' ? 'f32le' : 's16le', `pipe:${SOUND_PIPE}`);
  }
  return command;
}

function openCommand(program: FfmpegProgram, input: MediaInput): readonly string[] {
  const { url, driver, options } = inputOptions(input);
  const words = Object.entries(options).flatMap(([name, value]) => [
    `-${name === 'timeout' && isRtsp(input) ? program.rtspTimeout : name}`,
    value,
  ]);
  return [...words, ...(driver === undefined ? [] : ['-f', driver]), '-i', url];
}

function isRtsp(input: MediaInput): boolean {
  return input.kind === 'network' && /^rtsps?:/i.test(input.url);
}

/** Formats whose bytes are handed on as they are. */
const PLANAR = ['yuv420p', 'yuvj420p'];
const NATIVE = ['nv12', 'gray'];

/** What brings pictures to a format of ours: their numbers stay what they are wherever that can be. */
function conversion(coded: CodedPictures | undefined, format: 'I420' | 'native'): readonly string[] {
  const formats = [...PLANAR, ...(format === 'native' ? NATIVE : [])];
  const take = `format=${formats.join('|')}`;
  if (coded === undefined) return [take];
  const { info, isForeignMatrix } = coded;
  if (formats.includes(info.codedFormat) && !isForeignMatrix) return [take];
  const from = isForeignMatrix ? 'bt2020' : info.matrix;
  const scale = `scale=in_color_matrix=${from}:out_color_matrix=${info.matrix}:in_range=${info.range}:out_range=${info.range}`;
  return [`${scale}:flags=bicubic+accurate_rnd`, 'format=yuv420p'];
}
