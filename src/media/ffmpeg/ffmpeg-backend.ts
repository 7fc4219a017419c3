import { execFile } from 'node:child_process';
import { MediaError } from '../media-error.ts';
import type { MediaBackend } from '../reader/media-backend.ts';
import type { MediaInput } from '../reader/media-input.ts';
import type { MediaReader, ReadOptions, StreamInfos } from '../reader/media-reader.ts';
import { FfmpegReader } from './ffmpeg-reader.ts';
import { findFfmpeg } from './find-ffmpeg.ts';

/** FFmpeg's program, of whatever make: what crashes there takes nothing along; every frame is copied once more. */
export class FfmpegBackend implements MediaBackend {
  readonly name = 'ffmpeg';
  readonly summary = 'FFmpeg in a process of its own';
  private readonly versions = new Map<string, Promise<string>>();

  version(): Promise<string> {
    const program = findFfmpeg();
    let version = this.versions.get(program);
    if (version === undefined) {
      version = versionOf(program);
      this.versions.set(program, version);
      // It may be installed meanwhile.
      version.catch(() => this.versions.delete(program));
    }
    return version;
  }

  refuses(input: MediaInput): string | undefined {
    if (input.kind === 'file') return undefined;
    return `it reads files only, and no ${input.kind}`;
  }

  open(input: MediaInput, options: ReadOptions): Promise<MediaReader> {
    if (input.kind !== 'file') throw new TypeError('Not asked whether it can');
    return FfmpegReader.open(input, options);
  }

  async probe(input: MediaInput): Promise<StreamInfos> {
    if (input.kind !== 'file') throw new TypeError('Not asked whether it can');
    return { video: await FfmpegReader.probe(input.path), audio: undefined };
  }
}

function versionOf(program: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, ['-hide_banner', '-version'], { timeout: 10_000 }, (error, stdout) => {
      if (error === null) resolve(stdout.split('\n')[0]!.replace(/ Copyright.*/, ''));
      else {
        const text = `there is no program ${program}; install FFmpeg, or name one in FFMPEG_BIN`;
        reject(new MediaError('media/library-missing', text, { cause: error }));
      }
    });
  });
}
