// What 16 RTSP cameras cost whose every fifth picture goes through a detector, and how long it takes from a camera to a line of JSON. The
// cameras run beside it on the same cores, each with an encoder of its own.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { BenchResult, BenchRow } from './bench-row.ts';
import { root } from './launchers.ts';
import { program } from './material.ts';
import { formatSpread, spreadOf } from './spread.ts';
import { timedProcess } from './timed-process.ts';

const [CAMERAS, SECONDS] = [16, 20];
const PICTURES = ['640', '360', '15'] as const;

interface Run {
  readonly part: number;
  readonly rate: number;
  readonly lost: number;
  readonly shed: number;
  readonly ageMs: { readonly p50: number; readonly p95: number; readonly most: number };
}

/** The system's own interpreter, which has GStreamer's bindings. */
const PYTHON = '/usr/bin/python3';
const PROBE = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer";

export const manyCameras: BenchRow = {
  name: 'many-cameras',
  measure: async ({ rounds, note }) => {
    if (spawnSync(PYTHON, ['-c', PROBE]).status !== 0)
      throw new Error("There is no GStreamer RTSP server for Python's bindings to play a camera");
    const cameras = spawn(PYTHON, [`${root}test/bench/peers/stamped-cameras.py`, String(CAMERAS), ...PICTURES], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [url] = (await once(createInterface(cameras.stdout), 'line')) as [string];
      const runs = Array.from({ length: rounds }, (_, round) => {
        note(`round ${round + 1} of ${rounds}`);
        return JSON.parse(timedProcess(program('many-cameras', url, String(CAMERAS), String(SECONDS))).stdout) as Run;
      });
      const what = `${CAMERAS} RTSP cameras of 640×360 at 15 fps, every fifth picture through the bundled detector to JSON Lines`;
      const result = (name: string, of: (run: Run) => number, unit: string, atMost: number): BenchResult => {
        const spread = spreadOf(runs.map(of));
        return { what: `${what}: ${name}`, ours: formatSpread(spread, unit), peer: 'none', ratio: spread, target: { atMost }, unit };
      };
      return {
        results: [
          result('from the picture taken to the line written, 95th percentile', ({ ageMs }) => ageMs.p95, 'ms', 150),
          result('pictures lost at the sources', ({ lost }) => lost, 'pictures', 0),
          result('pictures shed behind them', ({ shed }) => shed, 'pictures', 0),
          result('processor time, as a part of one core', ({ part }) => part * 100, '%', 100),
        ],
        details: runs.map((run) => `    ${JSON.stringify(run)}`).join('\n'),
      };
    } finally {
      cameras.kill('SIGKILL');
    }
  },
};
