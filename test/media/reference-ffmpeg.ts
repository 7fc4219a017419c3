// The system's own FFmpeg as an independent reference; tests that need it skip where it is not installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { Context } from 'mocha';
import type { VideoFrame } from '../../src/media/reader/media-frame.ts';
import type { Arena } from '../../src/memory/arena.ts';

function output(command: string, args: readonly string[]): Buffer {
  const { status, stdout, stderr } = spawnSync(command, args, { maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Skips a test where the system has no ffmpeg. */
export function needsFfmpeg(test: Context): void {
  if (['ffmpeg', 'ffprobe'].some((command) => spawnSync(command, ['-version']).error !== undefined)) {
    console.log('      (no ffmpeg and ffprobe in the PATH to compare with)');
    test.skip();
  }
}

/** MD5 of every frame as tight I420, as the system's FFmpeg decodes it. */
export function referenceFrames(path: string, width: number, height: number): string[] {
  const raw = output('ffmpeg', ['-v', 'error', '-i', path, '-fps_mode', 'passthrough', '-pix_fmt', 'yuv420p', '-f', 'rawvideo', '-']);
  const size = width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
  return Array.from({ length: raw.length / size }, (_, i) => md5([raw.subarray(i * size, (i + 1) * size)]));
}

/** Presentation times of all pictures in microseconds from the file's start, by the system's ffprobe. */
export function referenceTimes(path: string): number[] {
  return referenceMoments(path, 'v').map(({ ptsUs }) => ptsUs);
}

/** When each frame of a file's first stream of a kind is shown or heard, in microseconds from the file's start; of sound, its samples, too. */
export function referenceMoments(path: string, kind: 'v' | 'a'): { readonly ptsUs: number; readonly samples: number }[] {
  const shown = 'frame=pts,nb_samples:stream=time_base:format=start_time';
  const json = output('ffprobe', ['-v', 'error', '-select_streams', `${kind}:0`, '-show_entries', shown, '-of', 'json', path]);
  const { frames, streams, format } = JSON.parse(json.toString()) as {
    frames: { pts: number; nb_samples?: number }[];
    streams: { time_base: string }[];
    format: { start_time: string };
  };
  const [num, den] = streams[0]!.time_base.split('/').map(Number) as [number, number];
  const start = Math.round(Number(format.start_time) * 1e6);
  return frames.map(({ pts, nb_samples: samples = 0 }) => ({ ptsUs: Math.round((pts * num * 1e6) / den) - start, samples }));
}

/** MD5 of a frame without the padding of its rows. */
export function frameDigest(arena: Arena, { slab, layout }: VideoFrame): string {
  return md5(
    layout.planes.flatMap(({ offset, stride, rows, rowBytes }) =>
      Array.from({ length: rows }, (_, y) => arena.bytes(slab.offset + offset + y * stride, rowBytes)),
    ),
  );
}

function md5(parts: readonly Uint8Array[]): string {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
