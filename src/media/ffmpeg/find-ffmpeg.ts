import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The FFmpeg program: `$FFMPEG_BIN`, else that of the package ffmpeg-static where its download came through, else the system's. */
export function findFfmpeg(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.FFMPEG_BIN) return environment.FFMPEG_BIN;
  try {
    const path: unknown = createRequire(import.meta.url)('ffmpeg-static');
    // The package names its program even where it could not fetch it.
    if (typeof path === 'string' && existsSync(path)) return path;
  } catch {
    // Not installed, as an optional package may be.
  }
  return 'ffmpeg';
}
