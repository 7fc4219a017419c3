import type { Clock } from '../core/time/clock.ts';
import type { Microseconds } from '../core/time/time.ts';

/** Resolves a while later by the clock, or as soon as the signal says that nobody waits any more. */
export function until(clock: Clock, span: Microseconds, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.schedule(clock.now() + span, end);
    signal.addEventListener('abort', end);
  });
}
