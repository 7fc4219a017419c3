import type { Microseconds } from '../time/time.ts';

/** Arrivals that are looked at. */
const WINDOW = 64;
/** Arrivals from which on a rate is believed. */
const ENOUGH = 16;

/**
 * How fast things arrive: their count over the span of the last 64. Averages of the gaps between arrivals would follow every
 * burst of a network source.
 */
export class ArrivalRate {
  private readonly times = new Float64Array(WINDOW);
  private count = 0;

  add(at: Microseconds): void {
    this.times[this.count++ % WINDOW] = at;
  }

  /** How long `items` take to arrive; undefined while too few have been seen to say. */
  timeFor(items: number): Microseconds | undefined {
    if (this.count < ENOUGH) return undefined;
    const seen = Math.min(this.count, WINDOW);
    const newest = this.times[(this.count - 1) % WINDOW]!;
    const oldest = this.times[(this.count - seen) % WINDOW]!;
    return (items * Math.max(0, newest - oldest)) / (seen - 1);
  }
}
