// The shape of a distribution of durations, in a fixed amount of memory: bins that grow in proportion, twelve to a doubling, from
// a microsecond to 19 hours.
import type { Microseconds } from '../core/time/time.ts';

const STEPS = 12;
/** As many bars as a page has room for. */
const BARS = 60;
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

  /** The bins from the first to the last that is not empty, merged until there are few enough for a plot. */
  get bins(): readonly LatencyBin[] {
    const first = this.counts.findIndex((count) => count > 0);
    if (first < 0) return [];
    const last = this.counts.findLastIndex((count) => count > 0);
    const merge = Math.ceil((last + 1 - first) / BARS);
    return Array.from({ length: Math.ceil((last + 1 - first) / merge) }, (_, index) => {
      const from = first + index * merge;
      const counts = this.counts.subarray(from, Math.min(last + 1, from + merge));
      return { from: 2 ** (from / STEPS), to: 2 ** ((from + merge) / STEPS), count: counts.reduce((sum, count) => sum + count, 0) };
    });
  }
}
