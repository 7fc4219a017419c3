// Whether a source that is lost again and again keeps anything: 200 connections to GStreamer's RTSP server, each cut off at its first
// frame, for each back end beside the others. Of resident memory what the process has after half of them is compared with the most it
// has later; of threads, files, children and slabs nothing may be more. A connection takes more than a second, hence minutes in all.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { rtspServerLacks, startRtspCamera } from '../peers/rtsp-camera.ts';
import type { BenchResult, BenchRow } from './bench-row.ts';
import { program } from './material.ts';
import { formatSpread, spreadOf } from './spread.ts';
import { versionOf } from './timed-process.ts';

const COUNT = 200;

const run = promisify(execFile);

type Held = Readonly<Record<'bytes' | 'threads' | 'files' | 'children' | 'slabs', number>>;

export const reconnects: BenchRow = {
  name: 'reconnects',
  measure: async ({ note }) => {
    const lack = rtspServerLacks();
    if (lack !== undefined) throw new Error(lack);
    const camera = await startRtspCamera();
    const measureAt = async (backend: string): Promise<{ result: BenchResult; detail: string }> => {
      const [command, ...args] = program('reconnects', backend, String(COUNT), camera.url);
      const { stdout } = await run(command!, args);
      const { settled, most, last } = JSON.parse(stdout) as Record<'settled' | 'most' | 'last', Held>;
      const counted = (['threads', 'files', 'children', 'slabs'] as const).map(
        (one) => `${settled[one]}, ${most[one]}, ${last[one]} ${one}`,
      );
      return {
        result: {
          what: `resident memory over ${COUNT} connections to a camera by RTSP by ${backend}, the most in the second half against what it was before`,
          ours: formatSpread(spreadOf([most.bytes / 2 ** 20]), 'MiB'),
          peer: `${(settled.bytes / 2 ** 20).toFixed(0)} MiB after ${COUNT / 2}`,
          ratio: spreadOf([most.bytes / settled.bytes]),
          target: { atMost: 1.05 },
        },
        detail: `* ${backend}: ${counted.join('; ')}`,
      };
    };
    try {
      note('takes some minutes');
      const backends = ['node-av', ...(versionOf('ffmpeg', '-version') === undefined ? [] : ['ffmpeg'])];
      const measured = await Promise.all(backends.map(measureAt));
      const details = measured.map(({ detail }) => detail).join('\n');
      return {
        results: measured.map(({ result }) => result),
        details: `After ${COUNT / 2} connections, the most later, and at the end:\n\n${details}`,
      };
    } finally {
      await camera.kill();
    }
  },
};
