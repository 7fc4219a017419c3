// How late the event loop comes while the bundled detector runs without a pause, against onnxruntime-node used as its own
// documentation has it, whose run() holds the loop for as long as it takes. Fresh processes, in turns.
import type { BenchResult, BenchRow } from './bench-row.ts';
import { program } from './material.ts';
import { formatSpread, spreadOf } from './spread.ts';
import { timedProcess } from './timed-process.ts';

const RUNS = 300;
const WAYS = ['onnxruntime', 'onnxruntime-node', 'plain'] as const;

interface Delay {
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
  readonly perSecond: number;
}

export const eventLoopDelay: BenchRow = {
  name: 'event-loop-delay',
  measure: ({ rounds, note }) => {
    const delays: Record<(typeof WAYS)[number], Delay[]> = { onnxruntime: [], 'onnxruntime-node': [], plain: [] };
    for (let round = 1; round <= rounds; round++) {
      for (const way of WAYS) {
        note(`round ${round} of ${rounds}, ${way}`);
        delays[way].push(JSON.parse(timedProcess(program('event-loop-delay', way, String(RUNS))).stdout) as Delay);
      }
    }
    const spread = (way: (typeof WAYS)[number], of: (delay: Delay) => number) => spreadOf(delays[way].map(of));
    const peer = `${formatSpread(
      spread('plain', ({ p99 }) => p99),
      'ms',
    )} onnxruntime-node alone`;
    const result = (way: 'onnxruntime' | 'onnxruntime-node'): BenchResult => ({
      what: `event loop delay while the bundled detector runs on the backend ${way}, 99th percentile, the sampling timer's 1 ms included`,
      ours: formatSpread(
        spread(way, ({ p99 }) => p99),
        'ms',
      ),
      peer,
      ratio: spread(way, ({ p99 }) => p99),
      target: { atMost: 10 },
      unit: 'ms',
    });
    const row = (way: (typeof WAYS)[number]) =>
      `| ${[way, ...[({ p50 }: Delay) => p50, ({ p99 }: Delay) => p99, ({ most }: Delay) => most, ({ perSecond }: Delay) => perSecond].map((of) => formatSpread(spread(way, of)))].join(' | ')} |`;
    return {
      results: [result('onnxruntime'), result('onnxruntime-node')],
      details: ['| way | p50 ms | p99 ms | most ms | runs a second |', '|---|---|---|---|---|', ...WAYS.map(row)].join('\n'),
    };
  },
};
