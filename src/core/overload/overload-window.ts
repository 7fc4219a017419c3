import type { Microseconds } from '../time/time.ts';

/** What has been counted since some beginning: a mean is the difference of two sums over that of two counts. */
export interface Running {
  readonly sum: number;
  readonly count: number;
}

/** How many samples a window keeps, whatever its length: those that come closer together than that are not kept. */
const SAMPLES = 32;

/** The mean of what was counted within the last span of time. */
export class OverloadWindow {
  private readonly span: Microseconds;
  private readonly samples: (Running & { readonly at: Microseconds })[] = [];
  private last: (Running & { readonly at: Microseconds }) | undefined;

  constructor(span: Microseconds) {
    this.span = span;
  }

  add(at: Microseconds, { sum, count }: Running): void {
    this.last = { at, sum, count };
    const before = this.samples.at(-1);
    if (before !== undefined && at - before.at < this.span / SAMPLES) return;
    this.samples.push(this.last);
    // One that is as old as the window, or older, has to stay: it is what the mean is taken from.
    while (this.samples.length > 2 && this.samples[1]!.at <= at - this.span) this.samples.shift();
  }

  /** Begins anew, at what has been counted last. */
  restart(): void {
    this.samples.length = 0;
    if (this.last !== undefined) this.samples.push(this.last);
  }

  /** Undefined before a whole window has been seen, and while nothing was counted in it. */
  get mean(): number | undefined {
    const { last } = this;
    const [first] = this.samples;
    if (first === undefined || last === undefined || last.at - first.at < this.span || last.count === first.count) return undefined;
    return (last.sum - first.sum) / (last.count - first.count);
  }
}
