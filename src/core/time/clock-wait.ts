import type { Clock } from './clock.ts';
import type { Microseconds } from './time.ts';

/** A source's wait for the clock, which its stop and the end of the pipeline cut short. */
export class ClockWait {
  private readonly clock: Clock;
  private readonly signal: AbortSignal;
  private end: (() => void) | undefined;

  constructor({ clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal }) {
    this.clock = clock;
    this.signal = signal;
  }

  /** Resolves at a clock time, or when it is cut short; one wait at a time. */
  until(time: Microseconds): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.signal.removeEventListener('abort', end);
        this.end = undefined;
        resolve();
      };
      const cancel = this.clock.schedule(time, end);
      this.signal.addEventListener('abort', end);
      this.end = end;
    });
  }

  cutShort(): void {
    this.end?.();
  }
}
