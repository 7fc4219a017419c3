// What bringing a picture of a file into the arena costs, by each back end that is there, against `ffmpeg -f null -`, which decodes the
// same clip and throws it away: processor time of all processes, at 1080p, fresh ones in turns, without starting and stopping.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchRow, compare } from './bench-row.ts';
import { root } from './launchers.ts';
import { formatSpread, spreadOf } from './spread.ts';
import { costPerItem, versionOf } from './timed-process.ts';

const FRAMES = 600;
const COUNTS = [60, FRAMES] as const;

const BACKENDS = [
  { name: 'node-av', what: 'in the process', atMost: 1.1 },
  { name: 'ffmpeg', what: 'from a process of FFmpeg’s', atMost: 1.5 },
  { name: 'gstreamer', what: 'from a process of GStreamer’s', atMost: 1.5 },
] as const;

export const readMedia: BenchRow = {
  name: 'read-media',
  measure: ({ rounds, note }) => {
    const version = versionOf('ffmpeg', '-version')?.replace(/ Copyright.*/, '');
    const isThere = { 'node-av': true, ffmpeg: version !== undefined, gstreamer: versionOf('gst-launch-1.0', '--version') !== undefined };
    const folder = mkdtempSync(join(tmpdir(), 'leat-bench-'));
    const clip = join(folder, 'clip.mp4');
    try {
      const ours: number[][] = BACKENDS.map(() => []);
      const peer: number[] = [];
      note('making the clip');
      const made = spawnSync(process.execPath, [`${root}test/bench/programs/make-clip.mjs`, clip, String(FRAMES)], { encoding: 'utf8' });
      if (made.status !== 0) throw new Error(`Cannot make the clip: ${made.stderr}`);
      for (let round = 1; round <= rounds; round++) {
        note(`round ${round} of ${rounds}`);
        for (const [index, { name }] of BACKENDS.entries()) {
          if (!isThere[name]) continue;
          const program = `${root}test/bench/programs/read-media.mjs`;
          ours[index]!.push(costPerItem((count) => [process.execPath, program, name, clip, String(count)], COUNTS).cpuMs);
        }
        if (version === undefined) continue;
        const decode = ['ffmpeg', '-v', 'error', '-nostdin', '-i', clip];
        peer.push(costPerItem((count) => [...decode, '-frames:v', String(count), '-f', 'null', '-'], COUNTS).cpuMs);
      }
      return {
        results: BACKENDS.map(({ what, atMost }, index) => ({
          what: `1080p H.264 to I420 in the arena, ${what}, processor time of a picture; against ffmpeg -f null -`,
          ours: ours[index]!.length > 0 ? formatSpread(spreadOf(ours[index]!), 'ms') : 'not measured',
          peer: peer.length > 0 ? `${formatSpread(spreadOf(peer), 'ms')} ${version}` : 'there is no ffmpeg in the PATH',
          ratio: peer.length > 0 && ours[index]!.length > 0 ? compare(ours[index]!, peer) : undefined,
          target: { atMost },
        })),
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
