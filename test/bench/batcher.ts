// What an item costs in the batcher at 64 sources, and what batches that form by themselves gain for a model that is all matrix
// products: the same graph with batches of 32 and of one, in fresh processes, in turns.
import { type BenchRow, compare } from './bench-row.ts';
import { program } from './material.ts';
import { formatSpread, spreadOf } from './spread.ts';
import { timedProcess } from './timed-process.ts';

const SOURCES = 64;
const [ITEMS, RUNS] = [2_000_000, 100_000];
const SIZES = [32, 1] as const;

export const batcher: BenchRow = {
  name: 'batcher',
  measure: ({ rounds, note }) => {
    const costs: number[] = [];
    const [many, single]: [number[], number[]] = [[], []];
    for (let round = 1; round <= rounds; round++) {
      note(`round ${round} of ${rounds}`);
      costs.push(measured('cost', SOURCES, ITEMS));
      many.push(measured('mlp', SIZES[0], RUNS));
      single.push(measured('mlp', SIZES[1], RUNS));
    }
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
          ours: formatSpread(spreadOf(many), '/s'),
          peer: `${formatSpread(spreadOf(single), '/s')} one by one`,
          ratio: compare(many, single),
          target: { atLeast: 3 },
        },
      ],
    };
  },
};

function measured(...args: readonly [string, number, number]): number {
  return JSON.parse(timedProcess(program('batcher', ...args.map(String))).stdout) as number;
}
