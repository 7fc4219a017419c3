// The clock: the only place where time comes from. Elements and queues wait through it, so that a manual clock can drive any
// graph and a test never sleeps.

// Imported, since the global of the same name is a getter, which costs every reading 7 ns more.
import { performance } from 'node:perf_hooks';
import { Appointments } from './appointments.ts';
import type { Microseconds } from './time.ts';

/** In milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

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

/** The machine's monotonic clock. All that waits for it has one timer of the machine's, set for the earliest. */
export class SystemClock implements Clock {
  private readonly appointments = new Appointments();
  private timer: NodeJS.Timeout | undefined;
  private timerAt: Microseconds = 0;

  now(): Microseconds {
    return Math.round(performance.now() * 1000);
  }

  schedule(time: Microseconds, callback: () => void, importance?: 'background'): () => void {
    const one = this.appointments.add(time, callback, importance === 'background');
    this.arm();
    return () => {
      this.appointments.remove(one);
      this.arm();
    };
  }

  private readonly fire = (): void => {
    this.timer = undefined;
    const now = this.now();
    // What is made by those that are called has to let others have their turn.
    const { made } = this.appointments;
    try {
      for (
        let one = this.appointments.earliest;
        one !== undefined && one.time <= now && one.order < made;
        one = this.appointments.earliest
      ) {
        this.appointments.remove(one);
        one.callback();
      }
    } finally {
      this.arm();
    }
  };

  /** Sees to it that the timer comes for the earliest; one that comes too early is set anew then. */
  private arm(): void {
    const { earliest, matters } = this.appointments;
    if (this.timer !== undefined && (earliest === undefined || earliest.time < this.timerAt)) {
      clearTimeout(this.timer);
      this.timer = undefined;
    }
    if (earliest === undefined) return;
    if (this.timer === undefined) {
      this.timerAt = earliest.time;
      // Node's timers count whole milliseconds, and go off at once where they are set for longer than they can count.
      this.timer = setTimeout(this.fire, Math.min(LONGEST_TIMER, Math.max(0, Math.ceil((earliest.time - this.now()) / 1000))));
      if (!matters) this.timer.unref();
    } else if (matters !== this.timer.hasRef()) {
      if (matters) this.timer.ref();
      else this.timer.unref();
    }
  }
}
