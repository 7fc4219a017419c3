// Whether a source that is lost again and again keeps anything: 200 connections to GStreamer's RTSP server, and to a server of files by
// HTTP, each cut off at its first frame. Of resident memory what the process has after ten connections is compared with the most it
// has later; of threads, files, children and slabs nothing may be more.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { rtspServerLacks, startRtspCamera } from '../peers/rtsp-camera.ts';
import type { BenchResult, BenchRow } from './bench-row.ts';
import { root } from './launchers.ts';
import { program } from './material.ts';
import { formatSpread, spreadOf } from './spread.ts';
import { versionOf } from './timed-process.ts';

const COUNT = 200;

const run = promisify(execFile);

type Held = Readonly<Record<'bytes' | 'threads' | 'files' | 'children' | 'slabs', number>>;

export const reconnects: BenchRow = {
  name: 'reconnects',
  measure: async ({ note }) => {
    const results: BenchResult[] = [];
    const details: string[] = [];
    const backends = ['node-av', ...(versionOf('ffmpeg', '-version') === undefined ? [] : ['ffmpeg'])];
    const measureAt = async (url: string, what: string): Promise<void> => {
      for (const backend of backends) {
        note(`${what}, ${backend}`);
        const [command, ...args] = program('reconnects', backend, String(COUNT), url);
        const { stdout } = await run(command!, args);
        const { settled, most, last } = JSON.parse(stdout) as Record<'settled' | 'most' | 'last', Held>;
        results.push({
          what: `resident memory over ${COUNT} connections ${what} by ${backend}, the most after the first 10 against what it was then`,
          ours: formatSpread(spreadOf([most.bytes / 2 ** 20]), 'MiB'),
          peer: `${(settled.bytes / 2 ** 20).toFixed(0)} MiB after 10`,
          ratio: spreadOf([most.bytes / settled.bytes]),
          target: { atMost: 1.05 },
        });
        const counted = (['threads', 'files', 'children', 'slabs'] as const).map(
          (one) => `${settled[one]}, ${most[one]}, ${last[one]} ${one}`,
        );
        details.push(`* ${what}, ${backend}: ${counted.join('; ')}`);
      }
    };
    const clip = readFileSync(join(root, 'media/shapes.mp4'));
    const server = createServer((_, response) => void response.setHeader('Connection', 'close').end(clip)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      await measureAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}/shapes.mp4`, 'to a file by HTTP');
    } finally {
      server.close();
    }
    const lack = rtspServerLacks();
    if (lack !== undefined) details.push(`* No RTSP: ${lack}.`);
    else {
      const camera = await startRtspCamera();
      try {
        await measureAt(camera.url, 'to a camera by RTSP');
      } finally {
        await camera.kill();
      }
    }
    return { results, details: `After 10 connections, the most later, and at the end:\n\n${details.join('\n')}` };
  },
};
