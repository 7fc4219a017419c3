// Sources of sound that a sound server knows, by FFmpeg's program: `* mic [Remapped Monitor] (none)`.
import { execFile } from 'node:child_process';
import type { CaptureDevice } from '../devices/capture-device.ts';
import { findFfmpeg } from './find-ffmpeg.ts';

const SOURCE = /^([* ]) (\S+) \[(.*)\]/;

/** Those of PulseAudio, and of what speaks its protocol; none where there is no such server, or no FFmpeg that speaks to it. */
export function pulseSources(server?: string): Promise<CaptureDevice[]> {
  const env = server === undefined ? process.env : { ...process.env, PULSE_SERVER: server };
  return new Promise((resolve) => {
    const heard = (_error: unknown, stdout: string): void => resolve(readSources(stdout));
    execFile(findFfmpeg(), ['-hide_banner', '-sources', 'pulse'], { timeout: 5000, env }, heard);
  });
}

/** What FFmpeg has printed of sources. */
export function readSources(printed: string): CaptureDevice[] {
  return printed.split('\n').flatMap((line): CaptureDevice[] => {
    const source = SOURCE.exec(line);
    if (source === null) return [];
    const [, mark, device, name] = source as unknown as [string, string, string, string];
    return [{ kind: 'microphone', device, name, system: 'pulse', isDefault: mark === '*', modes: [] }];
  });
}
