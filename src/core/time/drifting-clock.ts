import type { Clock } from './clock.ts';
import type { Microseconds } from './time.ts';

/** A clock that goes a little faster or slower than another, as every quartz does. */
export class DriftingClock implements Clock {
  private readonly reference: Clock;
  private readonly start: Microseconds;
  private readonly rate: number;

  /** @param ppm By how many millionths it is faster; negative where it is slower. */
  constructor(reference: Clock, ppm: number) {
    this.reference = reference;
    this.start = reference.now();
    this.rate = 1 + ppm / 1e6;
  }

  now(): Microseconds {
    return Math.floor((this.reference.now() - this.start) * this.rate);
  }

  schedule(time: Microseconds, callback: () => void, importance?: 'background'): () => void {
    let at = this.start + Math.ceil(time / this.rate);
    // What is rounded may be one too little.
    if (Math.floor((at - this.start) * this.rate) < time) at++;
    return this.reference.schedule(at, callback, importance);
  }
}
