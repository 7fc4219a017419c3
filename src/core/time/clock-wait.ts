import type { Clock } from './clock.ts';
import { Crowd } from './crowd.ts';
import type { Microseconds } from './time.ts';

/**
 * What waits now, by the signal that cuts it short. A listener for each wait would cost more than the wait: signals look through all
 * their listeners for each that comes and goes, and those that have gone keep what came after them in memory.
 */
const waiting = new WeakMap<AbortSignal, Crowd<ClockWait>>();

/** A source's wait for the clock, which its stop and the end of the pipeline cut short. */
export class ClockWait {
  /** Among those that wait. */
  place = 0;
  private readonly clock: Clock;
  private readonly others: Crowd<ClockWait>;
  private end: (() => void) | undefined;

  constructor({ clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal }) {
    this.clock = clock;
    this.others = waiting.get(signal) ?? listenTo(signal);
  }

  /** Resolves at a clock time, or when it is cut short; one wait at a time. */
  until(time: Microseconds): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.clock.schedule(time, () => this.end?.());
      this.end = () => {
        cancel();
        this.others.delete(this);
        this.end = undefined;
        resolve();
      };
      this.others.add(this);
    });
  }

  cutShort(): void {
    this.end?.();
  }
}

function listenTo(signal: AbortSignal): Crowd<ClockWait> {
  const waits = new Crowd<ClockWait>();
  waiting.set(signal, waits);
  signal.addEventListener('abort', () => {
    for (const wait of waits.all) wait.cutShort();
  });
  return waits;
}
