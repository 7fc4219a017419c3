// The clock: the only place where time comes from. Elements and queues wait through it, so that a manual clock can drive any
// graph and a test never sleeps.

// Imported, since the global of the same name is a getter, which costs every reading 7 ns more.
import { performance } from 'node:perf_hooks';
import type { Microseconds } from './time.ts';

export interface Clock {
  /** Microseconds from an arbitrary start; never goes back. */
  now(): Microseconds;
  /**
   * Calls back once at or after `time`; returns what cancels it.
   *
   * @param importance What is in the background is no reason for a program to go on that has nothing else to wait for.
   */
  schedule(time: Microseconds, callback: () => void, importance?: 'background'): () => void;
}

/** The machine's monotonic clock. */
export class SystemClock implements Clock {
  now(): Microseconds {
    return Math.round(performance.now() * 1000);
  }

  schedule(time: Microseconds, callback: () => void, importance?: 'background'): () => void {
    // Node's timers count whole milliseconds and may fire one early; look again until the time has come.
    const fire = (): void => {
      if (this.now() >= time) callback();
      else begin(1);
    };
    const begin = (delay: number): void => {
      timer = setTimeout(fire, delay);
      if (importance === 'background') timer.unref();
    };
    let timer: NodeJS.Timeout | undefined;
    begin(Math.max(0, Math.ceil((time - this.now()) / 1000)));
    return () => clearTimeout(timer);
  }
}
