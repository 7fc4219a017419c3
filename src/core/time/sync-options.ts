import { z } from 'zod';

/** How an element keeps to the clock, as a graph states it. What is left out follows from what feeds the element, live or not. */
export const syncOptions = z.strictObject({
  maxLatenessMs: z.number().min(0).nullable().meta({
    description: 'Drops what is later than this, in milliseconds; null drops nothing. Default: 20 behind live sources, else null.',
  }),
  processingDeadlineMs: z.number().min(0).meta({
    description:
      'How long the elements before it may work on a buffer in all, added to the latency. Default: 20 behind live sources, else 0.',
  }),
  offsetMs: z
    .number()
    .default(0)
    .meta({ description: 'Lets it run this much behind the clock, in milliseconds, or before it where negative.' }),
});

export type SyncOptions = z.output<typeof syncOptions>;

/** What a graph may write: whether, or how. */
export const syncChoice = z.union([z.boolean(), syncOptions.partial()]);

export type SyncChoice = z.output<typeof syncChoice>;

/** What is meant by what was written; undefined where the element keeps to no clock. */
export function syncOptionsOf(written: SyncChoice | undefined, isLive: boolean): SyncOptions | undefined {
  if (written === undefined || written === false) return undefined;
  const { maxLatenessMs = isLive ? 20 : null, processingDeadlineMs = isLive ? 20 : 0, offsetMs = 0 } = written === true ? {} : written;
  return { maxLatenessMs, processingDeadlineMs, offsetMs };
}
