// The clocks of worker threads. The machine's monotonic clock is the same in every thread but for where it starts, so that the
// pipeline's can be followed by it; any other clock stays where it is, says what time it is with every message, and is asked to call
// back.
import { performance } from 'node:perf_hooks';
import { type Clock, SystemClock } from '../time/clock.ts';
import type { Microseconds } from '../time/time.ts';

/** The machine's monotonic clock, which all threads share, in microseconds. */
export function machineTime(): Microseconds {
  return Number(process.hrtime.bigint() / 1000n);
}

/** How long two readings of clocks may take to count as one, in microseconds. */
const AT_ONCE = 5;
const MOST_TRIES = 100;

/** What is read of another clock at a time of the machine's: read anew until nothing has come between the two, such as another process. */
export function atMachineTime<T>(read: (now: Microseconds) => T): T {
  let best!: T;
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < MOST_TRIES && least > AT_ONCE; tries++) {
    const now = machineTime();
    const one = read(now);
    const took = machineTime() - now;
    if (took < least) [best, least] = [one, took];
  }
  return best;
}

/** The machine's monotonic clock as every thread reads it alike. */
export class MachineClock extends SystemClock {
  private readonly shift: Microseconds;

  constructor() {
    super();
    this.shift = atMachineTime((now) => now - performance.now() * 1000);
  }

  override now(): Microseconds {
    return Math.round(performance.now() * 1000 + this.shift);
  }
}

export interface ClockOwner {
  schedule(id: number, time: Microseconds, importance?: 'background'): void;
  cancel(id: number): void;
}

/** A clock that somebody else moves. */
export class DistantClock implements Clock {
  private readonly owner: ClockOwner;
  private readonly waiting = new Map<number, () => void>();
  private last = 0;
  private time: Microseconds;

  constructor(start: Microseconds, owner: ClockOwner) {
    this.time = start;
    this.owner = owner;
  }

  now(): Microseconds {
    return this.time;
  }

  schedule(time: Microseconds, callback: () => void, importance?: 'background'): () => void {
    const id = ++this.last;
    this.waiting.set(id, callback);
    this.owner.schedule(id, time, importance);
    return () => {
      if (this.waiting.delete(id)) this.owner.cancel(id);
    };
  }

  /** The owner's clock has gone on. */
  advance(time: Microseconds): void {
    if (time > this.time) this.time = time;
  }

  /** The time has come that somebody waits for. */
  due(id: number): void {
    const callback = this.waiting.get(id);
    this.waiting.delete(id);
    callback?.();
  }
}
