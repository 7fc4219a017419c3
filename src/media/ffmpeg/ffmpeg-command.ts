// The words that FFmpeg's program is asked in: raw pictures on its standard output, raw sound on its fourth pipe, and what is known of
// each on its standard error.
import { MediaError } from '../media-error.ts';
import { inputOptions } from '../reader/input-options.ts';
import { isLiveInput, type MediaInput, shownInput, shownUrl } from '../reader/media-input.ts';
import type { ReadOptions } from '../reader/media-reader.ts';
import type { CodedPictures } from './ffmpeg-banner.ts';
import type { FfmpegProgram } from './ffmpeg-program.ts';

/** The pipe that sound comes by. */
export const SOUND_PIPE = 3;

/** A hole of hours in a recording is none of FFmpeg's business. */
const HOLES_AS_THEY_ARE = ['-dts_delta_threshold', '1000000000'];

const SAY = ['-hide_banner', '-nostats', '-nostdin', '-v', 'repeat+level+info'];

/** Which streams are read, counted from 0 among those of their kind, and what they are like where that is known beforehand. */
export interface Chosen {
  readonly video: { readonly index: number; readonly coded: CodedPictures | undefined } | undefined;
  readonly audio: { readonly index: number } | undefined;
}

export interface FfmpegCommand {
  readonly words: readonly string[];
  /** What it reads from its standard input: other users of the machine can see words, but not this. */
  readonly list: string | undefined;
}

/** Asks only what there is. */
export function probeCommand(program: FfmpegProgram, input: MediaInput): FfmpegCommand {
  const { words, list } = openCommand(program, input);
  return { words: [...SAY, ...words], list };
}

export function readCommand(
  program: FfmpegProgram,
  input: MediaInput,
  { video, audio }: Chosen,
  options: Pick<ReadOptions, 'video' | 'audio' | 'threads'>,
): FfmpegCommand {
  const threads = ['-threads', String(options.threads ?? 1)];
  const live = isLiveInput(input) ? ['-flags', 'low_delay'] : [];
  const { words, list } = openCommand(program, input);
  const command = [...SAY, ...HOLES_AS_THEY_ARE, ...threads, ...live, ...words];
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
  return { words: command, list };
}

function openCommand(program: FfmpegProgram, input: MediaInput): FfmpegCommand {
  const { url, driver, options } = inputOptions(input);
  const named = optionsFor(program, input, options);
  if (input.kind === 'network' && program.takesLists && shownUrl(url) !== url) return listed(url, named);
  const words = Object.entries(named).flatMap(([name, value]) => [`-${name}`, value]);
  return { words: [...words, ...(driver === undefined ? [] : ['-f', driver]), '-i', url], list: undefined };
}

/** What is secret in a URL does not stand among the words: the URL is the one thing on a list of things to play, which comes by a pipe. */
function listed(url: string, options: Readonly<Record<string, string>>): FfmpegCommand {
  const { protocol_whitelist: protocols, format_whitelist: demuxers, ...own } = options;
  const lines = [
    'ffconcat version 1.0',
    `file ${quoted(url)}`,
    ...Object.entries(own).map(([name, value]) => `option ${name} ${quoted(value)}`),
  ];
  const { fflags } = own;
  const flags = fflags === undefined ? [] : ['-fflags', fflags];
  const allowed = ['-protocol_whitelist', `pipe,${protocols}`, '-format_whitelist', `concat,${demuxers}`];
  const words = [...flags, ...allowed, '-f', 'concat', '-safe', '0', '-auto_convert', '0', '-i', 'pipe:0'];
  return { words, list: `${lines.join('\n')}\n` };
}

/** As such lists want it: within quotes nothing is special but a quote, and a line is a line. */
function quoted(text: string): string {
  return `'${text.replace(/[\r\n]/g, encodeURIComponent).replaceAll("'", "'\\''")}'`;
}

/** Options by the names that a release has for them. @throws MediaError `media/no-backend` where it cannot keep to one. */
function optionsFor(
  program: FfmpegProgram,
  input: MediaInput,
  options: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (input.kind !== 'network' || !/^rtsps?:/i.test(input.url)) return options;
  const { timeout, tls_verify: verify, ca_file: authorities, ...others } = options;
  const named = { ...others, [program.rtspTimeout]: timeout! };
  if (verify === undefined) return named;
  if (program.checksRtsps) return { ...named, tls_verify: verify, ...(authorities === undefined ? {} : { ca_file: authorities }) };
  if (verify === '0') return named;
  const text = `${program.version} cannot check the certificate of an RTSP camera; use backend node-av or a newer FFmpeg, or set verifyTls to false`;
  throw new MediaError('media/no-backend', `Cannot open ${shownInput(input)}: ${text}`);
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
