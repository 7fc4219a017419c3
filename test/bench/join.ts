// What a settled join of four inputs costs in processor time: four sources that are joined, less the same four without the join,
// in fresh processes. Who else uses the machine changes little of it.
import type { BenchRow } from './bench-row.ts';
import { leat } from './launchers.ts';
import { formatSpread, spreadOf } from './spread.ts';
import { timedProcess } from './timed-process.ts';

const COUNT = 200_000;
const INPUTS = 4;

const source = `fake-source count=${COUNT} durationMs=10`;
const joined = leat(`join name=j ! fake-sink ${` ${source} ! j. `.repeat(INPUTS)}`);
const apart = leat(` ${source} ! queue ! fake-sink `.repeat(INPUTS));

export const join: BenchRow = {
  name: 'join',
  measure: ({ rounds, note }) => {
    const costs: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      note(`round ${round} of ${rounds}`);
      costs.push(((timedProcess(joined).cpuMs - timedProcess(apart).cpuMs) / COUNT) * 1000);
    }
    const ours = spreadOf(costs);
    const peer = 'the same sources without the join';
    return {
      results: [
        {
          what: 'a settled join of 4 inputs, CPU time per set',
          ours: formatSpread(ours, 'µs'),
          peer,
          ratio: ours,
          target: { atMost: 5 },
          unit: 'µs',
        },
      ],
    };
  },
};
