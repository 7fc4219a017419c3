// When an element that failed may be started again: after a delay that doubles with each attempt up to a limit, and is blurred so
// that elements which failed together do not come back together; and only so often within a window of time.
import { z } from 'zod';
import type { Microseconds } from '../time/time.ts';

const YEAR_MS = 365 * 24 * 3600 * 1000;
/** The most attempts that a window can be limited to; without a limit, so many are remembered. */
const MOST_ATTEMPTS = 10_000;

const span = z.number().min(0).max(YEAR_MS);

export const restartOptions = z.strictObject({
  firstDelayMs: span.default(100).meta({ description: 'Delay before the first attempt, in milliseconds; it doubles with each.' }),
  maxDelayMs: span.default(10_000).meta({ description: 'The longest delay, in milliseconds.' }),
  maxAttempts: z
    .int()
    .min(1)
    .max(MOST_ATTEMPTS)
    .nullable()
    .default(5)
    .meta({ description: 'How many attempts a window of time may see before the element is given up; null: as many as it takes.' }),
  windowMs: span.default(60_000).meta({ description: 'The window in which attempts are counted, in milliseconds.' }),
  giveUp: z.enum(['pipeline', 'branch']).default('pipeline').meta({
    description:
      'What an element costs that is given up. pipeline: everything; branch: what comes from it ends, and the rest goes on, as long as there is any.',
  }),
});

export type RestartOptions = z.output<typeof restartOptions>;

/** What speaks against settings that are each valid; undefined where nothing does. */
export function restartFlawOf(written: Partial<z.input<typeof restartOptions>>): string | undefined {
  const { firstDelayMs, maxDelayMs, maxAttempts, windowMs } = restartOptions.parse(written);
  if (maxAttempts === null) return undefined;
  let least = 0;
  for (let attempt = 0; attempt < maxAttempts && least < windowMs; attempt++) least += delayOf(attempt, { firstDelayMs, maxDelayMs }) / 2;
  if (least < windowMs) return undefined;
  return `An element would never be given up: ${maxAttempts} attempts with such delays do not fall into a window of ${windowMs} ms; raise windowMs, or say so with maxAttempts null`;
}

export class RestartPolicy {
  readonly options: RestartOptions;
  private readonly random: () => number;
  private attempts: Microseconds[] = [];

  constructor(options: Partial<RestartOptions> = {}, random: () => number = Math.random) {
    this.options = restartOptions.parse(options);
    this.random = random;
  }

  /** How long to wait before the next attempt, half of which is chance; undefined when there have been too many. */
  next(now: Microseconds): Microseconds | undefined {
    const { maxAttempts, windowMs } = this.options;
    this.attempts = this.attempts.filter((time) => now - time < windowMs * 1000);
    if (maxAttempts !== null && this.attempts.length >= maxAttempts) return undefined;
    const delay = delayOf(this.attempts.length, this.options) * 1000;
    this.attempts.push(now);
    if (this.attempts.length > MOST_ATTEMPTS) this.attempts.shift();
    return Math.round(delay / 2 + (delay / 2) * this.random());
  }

  /** Attempts within the window. */
  get count(): number {
    return this.attempts.length;
  }
}

/** In milliseconds, before chance takes up to a half of it. */
function delayOf(attempt: number, { firstDelayMs, maxDelayMs }: Pick<RestartOptions, 'firstDelayMs' | 'maxDelayMs'>): number {
  // From some power on all delays are at their limit, and a larger one would be no number.
  return Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(attempt, 60));
}
