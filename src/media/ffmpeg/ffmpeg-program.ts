// Which FFmpeg there is, and what it can do: releases from 4.1 on are spoken to in words that each of them knows.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { examinedOnce } from '../child/examined-once.ts';
import { leash } from '../child/leash.ts';
import { MediaError } from '../media-error.ts';
import { findFfmpeg } from './find-ffmpeg.ts';

export interface FfmpegProgram {
  readonly path: string;
  /** `ffmpeg version 5.1.9-0+deb12u1`. */
  readonly version: string;
  /** Hands each picture on once, at its own time, in this release's words. */
  readonly passthrough: readonly string[];
  /** Leaves pictures at their size when it changes on the way. */
  readonly sizesAsTheyAre: readonly string[];
  /** Tells of each picture without reading all of it. */
  readonly showinfo: string;
  /** Older releases have another name for how long an RTSP camera may be silent. */
  readonly rtspTimeout: 'timeout' | 'stimeout';
  /** Whether it checks the certificates of RTSP cameras. */
  readonly checksRtsps: boolean;
  /** Whether what it plays, and how that is to be opened, may be on a list. */
  readonly takesLists: boolean;
  /** What has the system end a child with the thread that started it, where there is such a thing. */
  readonly leash: readonly string[];
}

const run = promisify(execFile);
const examined = examinedOnce(examine);

/** @throws MediaError `media/library-missing`. */
export function ffmpegProgram(path = findFfmpeg()): Promise<FfmpegProgram> {
  return examined(path);
}

async function examine(path: string): Promise<FfmpegProgram> {
  const ask = async (...words: readonly string[]): Promise<string> =>
    (await run(path, ['-hide_banner', ...words], { timeout: 10_000 })).stdout;
  let about: string;
  let filter: string;
  let camera: string;
  try {
    about = await ask('-version');
    [filter, camera] = await Promise.all([ask('-h', 'filter=showinfo'), ask('-h', 'demuxer=rtsp')]);
  } catch (cause) {
    const text = `there is no program ${path}; install FFmpeg, or name one in FFMPEG_BIN`;
    throw new MediaError('media/library-missing', text, { cause });
  }
  // The libraries' numbers are there for builds that have no release's name, too.
  const [major, minor] = /libavutil\s+(\d+)\.\s*(\d+)/.exec(about)?.slice(1).map(Number) ?? [0, 0];
  const since = (wantedMajor: number, wantedMinor: number): boolean =>
    major! > wantedMajor || (major === wantedMajor && minor! >= wantedMinor);
  return {
    path,
    version: about.split('\n')[0]!.replace(/ Copyright.*/, ''),
    passthrough: since(57, 28) ? ['-fps_mode', 'passthrough'] : ['-vsync', '0'],
    sizesAsTheyAre: since(56, 70) ? ['-autoscale', '0'] : [],
    showinfo: /\bchecksum\b/.test(filter) ? 'showinfo=checksum=0' : 'showinfo',
    rtspTimeout: since(57, 0) ? 'timeout' : 'stimeout',
    checksRtsps: /^\s+-tls_verify\b/m.test(camera),
    takesLists: await takesLists(path),
    leash: await leash(),
  };
}

/** Old releases do not know the word of lists for how a thing is to be opened, and say so. */
function takesLists(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const words = ['-v', 'error', '-f', 'concat', '-safe', '0', '-i', 'pipe:0'];
    const child = execFile(path, words, { timeout: 10_000 }, (error, _stdout, said) => {
      resolve(error !== null && error.code !== 'ENOENT' && !/unknown (?:keyword|directive)/i.test(said));
    });
    child.stdin!.on('error', () => undefined).end("ffconcat version 1.0\nfile 'nothing'\noption rw_timeout 1\n");
  });
}
