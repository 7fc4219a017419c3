// When something takes place that does so every so often, and what becomes of times that have passed meanwhile.
//
// Ticks have times of their own, counted from where the ticker begins: the frames of a camera, the buffers of a stream. `catchUp` keeps
// to those times: what has fallen behind takes place at once, one tick after the other, until it is back in time. `skipMissed` keeps to them
// too, and leaves out those whose successors are due already. `minimumGap` never has two ticks closer together than their times are:
// whatever falls behind stays behind, and so does all that comes after it.
//
// After Holoscan's CatchUpMissedTicks, NoCatchUpMissedTicks and MinTimeBetweenTicks.
import type { Microseconds } from './time.ts';

export const TICK_POLICIES = ['catchUp', 'skipMissed', 'minimumGap'] as const;

export type TickPolicy = (typeof TICK_POLICIES)[number];

export class Ticker {
  private readonly policy: TickPolicy;
  private readonly start: Microseconds;
  /** Clock time of the tick at 0, if it were to come now. */
  private origin: Microseconds;

  /** @param start Clock time of the tick at 0. */
  constructor(policy: TickPolicy, start: Microseconds) {
    this.policy = policy;
    this.start = start;
    this.origin = start;
  }

  /** By how much all that comes is later than it was to be at first. */
  get slip(): Microseconds {
    return this.origin - this.start;
  }

  /** Clock time at which the tick of a time is due. */
  due(time: Microseconds): Microseconds {
    return this.origin + time;
  }

  /** A tick takes place, when it is due or later. */
  ticked(time: Microseconds, now: Microseconds): void {
    if (this.policy === 'minimumGap') this.origin = Math.max(this.origin, now - time);
  }

  /**
   * Which tick comes next, where they are `rate` a second and the first is at 0.
   *
   * @param next The one whose turn it is.
   * @param tolerance By how much a tick may be late without being missed.
   */
  next(next: number, now: Microseconds, rate: number, tolerance: Microseconds = 0): number {
    if (this.policy !== 'skipMissed') return next;
    return Math.max(next, Math.floor(((now - this.origin - tolerance) * rate) / 1e6));
  }
}
