import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { leash } from '../ffmpeg/ffmpeg-program.ts';
import { MediaError } from '../media-error.ts';

export interface GstreamerProgram {
  readonly path: string;
  /** `GStreamer 1.22.0`. */
  readonly version: string;
  /** What has the system end a child with whoever started it, where there is such a thing. */
  readonly leash: readonly string[];
}

const programs = new Map<string, Promise<GstreamerProgram>>();

/** `$GST_LAUNCH`, else the system's. @throws MediaError `media/library-missing`. */
export function gstreamerProgram(path = process.env.GST_LAUNCH || 'gst-launch-1.0'): Promise<GstreamerProgram> {
  let program = programs.get(path);
  if (program === undefined) {
    program = examine(path);
    programs.set(path, program);
    // It may be installed meanwhile.
    program.catch(() => programs.delete(path));
  }
  return program;
}

async function examine(path: string): Promise<GstreamerProgram> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: 10_000 });
    return { path, version: /^GStreamer .*$/m.exec(stdout)?.[0] ?? stdout.trim(), leash: await leash() };
  } catch (cause) {
    const text = `there is no program ${path}; install GStreamer's tools, or name its program in GST_LAUNCH`;
    throw new MediaError('media/library-missing', text, { cause });
  }
}
