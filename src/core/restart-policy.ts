// When an element that failed may be started again: after a delay that doubles with each attempt up to a limit, and is blurred so
// that elements which failed together do not come back together; and only so often within a window of time.
import { z } from 'zod';
import type { Microseconds } from './time.ts';

export const restartOptions = z.strictObject({
  firstDelayMs: z
    .number()
    .min(0)
    .default(100)
    .meta({ description: 'Delay before the first attempt, in milliseconds; it doubles with each.' }),
  maxDelayMs: z.number().min(0).default(10_000).meta({ description: 'The longest delay, in milliseconds.' }),
  maxAttempts: z.int().min(1).default(5).meta({ description: 'How many attempts a window of time may see before the pipeline fails.' }),
  windowMs: z.number().min(0).default(60_000).meta({ description: 'The window in which attempts are counted, in milliseconds.' }),
});

export type RestartOptions = z.output<typeof restartOptions>;

export class RestartPolicy {
  private readonly options: RestartOptions;
  private readonly random: () => number;
  private attempts: Microseconds[] = [];

  constructor(options: Partial<RestartOptions> = {}, random: () => number = Math.random) {
    this.options = restartOptions.parse(options);
    this.random = random;
  }

  /** How long to wait before the next attempt, half of which is chance; undefined when there have been too many. */
  next(now: Microseconds): Microseconds | undefined {
    const { firstDelayMs, maxDelayMs, maxAttempts, windowMs } = this.options;
    this.attempts = this.attempts.filter((time) => now - time < windowMs * 1000);
    if (this.attempts.length >= maxAttempts) return undefined;
    const delay = Math.min(maxDelayMs, firstDelayMs * 2 ** this.attempts.length) * 1000;
    this.attempts.push(now);
    return Math.round(delay / 2 + (delay / 2) * this.random());
  }

  /** Attempts within the window. */
  get count(): number {
    return this.attempts.length;
  }
}
