// The shape of a distribution of durations, in a fixed amount of memory: bins that grow in proportion, six to a doubling, from
// a microsecond to 19 hours.
import type { Microseconds } from '../core/time.ts';

const STEPS = 6;
const DOUBLINGS = 36;

export interface LatencyBin {
  readonly from: Microseconds;
  readonly to: Microseconds;
  readonly count: number;
}

export class LatencyBins {
  private readonly counts = new Float64Array(STEPS * DOUBLINGS);

  add(value: Microseconds): void {
    const bin = Math.floor(Math.log2(Math.max(1, value)) * STEPS);
    this.counts[Math.min(this.counts.length - 1, bin)]!++;
  }

  /** The bins from the first to the last that is not empty. */
  get bins(): readonly LatencyBin[] {
    const first = this.counts.findIndex((count) => count > 0);
    if (first < 0) return [];
    const last = this.counts.findLastIndex((count) => count > 0);
    return [...this.counts.subarray(first, last + 1)].map((count, index) => ({
      from: 2 ** ((first + index) / STEPS),
      to: 2 ** ((first + index + 1) / STEPS),
      count,
    }));
  }
}
