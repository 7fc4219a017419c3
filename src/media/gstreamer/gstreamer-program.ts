import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { examinedOnce } from '../child/examined-once.ts';
import { leash } from '../child/leash.ts';
import { MediaError } from '../media-error.ts';

export interface GstreamerProgram {
  readonly path: string;
  /** `GStreamer 1.22.0`. */
  readonly version: string;
  /** What has the system end a child with whoever started it, where there is such a thing. */
  readonly leash: readonly string[];
}

const examined = examinedOnce(examine);

/** `$GST_LAUNCH`, else the system's. @throws MediaError `media/library-missing`. */
export function gstreamerProgram(path = process.env.GST_LAUNCH || 'gst-launch-1.0'): Promise<GstreamerProgram> {
  return examined(path);
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
