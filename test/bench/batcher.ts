// What an item costs in the batcher at 64 sources, and what batches that form by themselves gain for a model that is all matrix
// products: the same graph with batches of 32 and of one, in fresh processes, in turns; how late its items are meanwhile.
import { type BenchRow, compare } from './bench-row.ts';
import { program } from './material.ts';
import { formatSpread, spreadOf } from './spread.ts';
import { timedProcess } from './timed-process.ts';

const SOURCES = 64;
const [ITEMS, RUNS] = [2_000_000, 100_000];
const SIZES = [32, 1] as const;
const TARGET_MS = 10;

interface Throughput {
  readonly perSecond: number;
  readonly p99Ms: number;
}

export const batcher: BenchRow = {
  name: 'batcher',
  measure: ({ rounds, note }) => {
    const costs: number[] = [];
    const [many, single]: [Throughput[], Throughput[]] = [[], []];
    for (let round = 1; round <= rounds; round++) {
      note(`round ${round} of ${rounds}`);
      costs.push(measured<number>('cost', SOURCES, ITEMS));
      many.push(measured<Throughput>('mlp', SIZES[0], RUNS, TARGET_MS));
      single.push(measured<Throughput>('mlp', SIZES[1], RUNS, TARGET_MS));
    }
    const [inBatches, oneByOne] = [many, single].map((runs) => runs.map(({ perSecond }) => perSecond)) as [number[], number[]];
    const latency = spreadOf(many.map(({ p99Ms }) => p99Ms));
    return {
      results: [
        {
          what: `batcher, time per item at ${SOURCES} sources`,
          ours: formatSpread(spreadOf(costs), 'µs'),
          peer: 'none',
          ratio: spreadOf(costs),
          target: { atMost: 1 },
          unit: 'µs',
        },
        {
          what: `a net of four layers of 256 in batches of up to ${SIZES[0]}, items a second`,
          ours: formatSpread(spreadOf(inBatches), '/s'),
          peer: `${formatSpread(spreadOf(oneByOne), '/s')} one by one`,
          ratio: compare(inBatches, oneByOne),
          target: { atLeast: 3 },
        },
        {
          what: `the same in batches: latency from source to result, 99th percentile, at a latencyTargetMs of ${TARGET_MS}`,
          ours: formatSpread(latency, 'ms'),
          peer: `${formatSpread(spreadOf(single.map(({ p99Ms }) => p99Ms)), 'ms')} one by one`,
          ratio: latency,
          target: { atMost: TARGET_MS },
          unit: 'ms',
        },
      ],
    };
  },
};

function measured<T>(...args: readonly (string | number)[]): T {
  return JSON.parse(timedProcess(program('batcher', ...args.map(String))).stdout) as T;
}
