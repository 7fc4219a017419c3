// Finding the anchors of a detector's output that are worth looking at, with the kernels of kernels/scores.ts.
import type { Arena } from './arena.ts';
import { kernelExports } from './kernels.ts';
import type { ScanKernels } from './scan-kernels.ts';
import type { Slab } from './slab.ts';

/** Where the scores of a detector lie, as float32 in the arena. */
export interface ScoreGrid {
  /** Bytes from the arena's start to the first anchor's score of the first class. */
  readonly scores: number;
  readonly anchors: number;
  readonly classes: number;
  /** Whether the scores of one anchor lie side by side (`rows`), or those of one class (`columns`). */
  readonly order: 'rows' | 'columns';
  /** Bytes from anchor to anchor in rows, from class to class in columns. */
  readonly stride: number;
  /** A further number per anchor, in rows at the same stride, in columns side by side. */
  readonly gate?: { readonly offset: number; readonly kind: 'objectness' | 'reference' } | undefined;
  /** What the best score of an anchor must reach, or must exceed a reference by. */
  readonly threshold: number;
  /** What the objectness must reach. Default: the threshold. */
  readonly gateThreshold?: number | undefined;
}

/** What a scan found, valid until the next. */
export interface ScanResult {
  readonly count: number;
  /** Scores that were NaN or infinite, and never win; where objectness excludes an anchor in rows, its scores are not looked at. */
  readonly notFinite: number;
  /** The anchors that were kept, in order; `i` from 0 to `count − 1`. */
  anchor(i: number): number;
  /** The class with the highest score, the lowest number of several. */
  winner(i: number): number;
  score(i: number): number;
}

export interface ScoreScan {
  run(grid: ScoreGrid): ScanResult;
  /** Gives the memory of the results back. */
  close(): void;
}

const HEAD_BYTES = 16;
const RECORD_BYTES = 12;

/** A scan whose results lie in a slab of its own. */
export function scoreScan(arena: Arena): ScoreScan {
  const { scanRows, scanColumns } = kernelExports<ScanKernels>(arena);
  let slab: Slab | undefined;
  const room = (anchors: number): Slab => {
    const bytes = HEAD_BYTES + anchors * RECORD_BYTES;
    if (slab !== undefined && slab.bytes >= bytes) return slab;
    slab?.release();
    slab = arena.allocate(bytes);
    return slab;
  };
  return {
    run: ({ scores, anchors, classes, order, stride, gate, threshold, gateThreshold = threshold }) => {
      const { offset } = room(anchors);
      const scan = order === 'rows' ? scanRows : scanColumns;
      const margin = gate?.kind === 'reference' ? 1 : 0;
      const count = scan(scores, anchors, classes, stride, gate?.offset ?? 0, margin, threshold, gateThreshold, offset);
      const whole = arena.view('int32', offset, (HEAD_BYTES + count * RECORD_BYTES) / 4);
      const numbers = arena.view('float32', offset, whole.length);
      return {
        count,
        notFinite: whole[0]!,
        anchor: (i) => whole[4 + i * 3]!,
        winner: (i) => whole[5 + i * 3]!,
        score: (i) => numbers[6 + i * 3]!,
      };
    },
    close: () => {
      slab?.release();
      slab = undefined;
    },
  };
}
