// What 64 live streams through one batch cost beside the model, and how much later they arrive than the window of the batches asks.
import type { BenchRow } from './bench-row.ts';
import { program } from './material.ts';
import { formatSpread, spreadOf } from './spread.ts';
import { timedProcess } from './timed-process.ts';

const [SOURCES, SECONDS] = [64, 16];

export const manyStreams: BenchRow = {
  name: 'many-streams',
  measure: ({ rounds, note }) => {
    const runs = Array.from({ length: rounds }, (_, round) => {
      note(`round ${round + 1} of ${rounds}`);
      const { stdout } = timedProcess(program('many-streams', String(SOURCES), String(SECONDS)));
      return JSON.parse(stdout) as { readonly part: number; readonly beyondMs: number };
    });
    const part = spreadOf(runs.map((run) => run.part * 100));
    const beyond = spreadOf(runs.map(({ beyondMs }) => beyondMs));
    const what = `${SOURCES} live streams of 30 buffers a second through stream-mux, a model of 2 ms a batch, stream-demux and sinks`;
    return {
      results: [
        {
          what: `${what}: processor time, as a part of one core`,
          ours: formatSpread(part, '%'),
          peer: 'none',
          ratio: part,
          target: { atMost: 15 },
          unit: '%',
        },
        {
          what: `${what}: latency beyond the window of the batches, 99th percentile`,
          ours: formatSpread(beyond, 'ms'),
          peer: 'none',
          ratio: beyond,
          target: { atMost: 5 },
          unit: 'ms',
        },
      ],
    };
  },
};
