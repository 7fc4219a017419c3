// The clock: the only place where time comes from. Elements and queues wait through it, so that a manual clock can drive any
// graph and a test never sleeps.

// Imported, since the global of the same name is a getter, which costs every reading 7 ns more.
import { performance } from 'node:perf_hooks';
import type { Microseconds } from './time.ts';

export interface Clock {
  /** Microseconds from an arbitrary start; never goes back. */
  now(): Microseconds;
  /** Calls back once at or after `time`; returns what cancels it. */
  schedule(time: Microseconds, callback: () => void): () => void;
}

/** The machine's monotonic clock. */
export class SystemClock implements Clock {
  now(): Microseconds {
    return Math.round(performance.now() * 1000);
  }

  schedule(time: Microseconds, callback: () => void): () => void {
    // Node's timers count whole milliseconds and may fire one early; look again until the time has come.
    const fire = (): void => {
      if (this.now() >= time) callback();
      else timer = setTimeout(fire, 1);
    };
    let timer = setTimeout(fire, Math.max(0, Math.ceil((time - this.now()) / 1000)));
    return () => clearTimeout(timer);
  }
}
