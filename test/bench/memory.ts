// Whether memory stays flat: the resident memory of a pipeline that decodes and infers a looped clip, over 20 000 frames, with
// a small model, so that it does not take long. What it has after the first 1 000 frames is compared with the most it has later.
import { join } from 'node:path';
import type { BenchRow } from './bench-row.ts';
import { root } from './launchers.ts';
import { program, tiny320 } from './material.ts';
import { formatSpread, spreadOf } from './spread.ts';
import { timedProcess } from './timed-process.ts';

const FRAMES = 20_000;
const STEP = 250;
const SETTLED = 1_000;

export const memory: BenchRow = {
  name: 'memory',
  measure: ({ note }) => {
    note(`${FRAMES} frames`);
    const source = `video-file-source path=${join(root, 'media/shapes.mp4')} loop=true`;
    const graph = `${source} ! letterbox ! onnx-inference model=${tiny320().folder} ! detection-decoder ! nms ! fake-sink name=end`;
    const { frames, samples } = JSON.parse(timedProcess(program('count-memory', graph, String(FRAMES))).stdout) as {
      frames: number;
      samples: number[];
    };
    if (frames < FRAMES) throw new Error(`The pipeline ended after ${frames} of ${FRAMES} frames`);
    const mib = samples.map((bytes) => bytes / 2 ** 20);
    const settled = mib[SETTLED / STEP]!;
    const later = mib.slice(SETTLED / STEP + 1);
    const thousands = Array.from(
      { length: Math.ceil(FRAMES / 4000) },
      (_, index) => mib[Math.min(mib.length - 1, ((index + 1) * 4000) / STEP)]!,
    );
    return {
      results: [
        {
          what: `resident memory over ${FRAMES} frames, the most after the first ${SETTLED} against what it was then`,
          ours: formatSpread(spreadOf(later), 'MiB'),
          peer: `${settled.toFixed(0)} MiB after ${SETTLED} frames`,
          ratio: spreadOf([Math.max(...later) / settled]),
          target: { atMost: 1.05 },
        },
      ],
      details: `MiB after every 4 000 frames: ${thousands.map((value) => value.toFixed(0)).join(', ')}.`,
    };
  },
};
