import { z } from 'zod';

/** The limits and the policy of a sink pad's queue, as a graph states them. */
export const queueOptions = z.strictObject({
  maxBuffers: z.int().min(0).default(16).meta({ description: 'How many buffers it holds; 0 switches this limit off.' }),
  maxBytes: z.int().min(0).default(0).meta({ description: 'How many bytes of payload it holds; 0 switches this limit off.' }),
  maxTimeMs: z
    .number()
    .min(0)
    .default(0)
    .meta({ description: 'The span of stream time it holds, in milliseconds; 0 switches this limit off.' }),
  minBuffers: z.int().min(0).default(0).meta({
    description: 'Once it has run dry, no buffer leaves before this many are inside, or it is full, or the stream ends; 0: at once.',
  }),
  minBytes: z
    .int()
    .min(0)
    .default(0)
    .meta({ description: 'The same in bytes of payload. Where several minimums are set, all have to be reached.' }),
  minTimeMs: z.number().min(0).default(0).meta({ description: 'The same as a span of stream time, in milliseconds.' }),
  onFull: z.enum(['block', 'dropOldest', 'dropNewest']).default('block').meta({
    description:
      'What happens to a buffer that finds it full: its sender waits, or the oldest or the newest buffer is dropped and counted.',
  }),
  maxAgeMs: z
    .number()
    .min(0)
    .default(0)
    .meta({ description: 'Buffers that have waited longer, in milliseconds, are dropped when their turn comes; 0 keeps all.' }),
});

export type QueueOptions = z.output<typeof queueOptions>;

/** What speaks against limits that are each valid; undefined where nothing does. */
export function flawOf(options: QueueOptions): string | undefined {
  const { maxBuffers, maxBytes, maxTimeMs, maxAgeMs, minBuffers, minBytes, minTimeMs } = options;
  if (maxBuffers === 0 && maxBytes === 0 && maxTimeMs === 0) {
    return 'A queue needs a limit: maxBuffers, maxBytes and maxTimeMs cannot all be 0';
  }
  if (maxAgeMs > 0 && minTimeMs > maxAgeMs) {
    return `A queue cannot fill up to minTimeMs ${minTimeMs}: what waits longer than maxAgeMs ${maxAgeMs} is dropped; raise maxAgeMs`;
  }
  const pairs = [
    ['minBuffers', minBuffers, 'maxBuffers', maxBuffers],
    ['minBytes', minBytes, 'maxBytes', maxBytes],
    ['minTimeMs', minTimeMs, 'maxTimeMs', maxTimeMs],
  ] as const;
  for (const [min, least, max, most] of pairs) {
    if (most > 0 && least > most) return `A queue cannot fill up to ${min} ${least}: its ${max} is ${most}; lower ${min} or raise ${max}`;
  }
  return undefined;
}

/** The limits and the deadline of the batches an element is given. */
export const batchOptions = z.strictObject({
  maxSize: z.int().min(1).default(1).meta({ description: 'The most buffers in a batch.' }),
  maxWaitMs: z
    .number()
    .min(0)
    .nullable()
    .default(0)
    .meta({ description: 'How long the oldest buffer may wait for others, in milliseconds; 0 never waits, null waits for a full batch.' }),
  preferredSizes: z
    .array(z.int().min(1))
    .default([])
    .meta({ description: 'Sizes in which a batch leaves as soon as it has one of them, the largest there is; hints unless `strict`.' }),
  strict: z.boolean().default(false).meta({
    description: 'Batches have the preferred sizes only: what is over waits for its own deadline, and places that lack items are padded.',
  }),
  maxPerSource: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .meta({ description: 'The most buffers of one source in a batch; null takes one of each in turn, as long as there is room.' }),
  priorities: z
    .record(z.string(), z.int())
    .default({})
    .meta({ description: 'Priorities of sources by name, 0 where not given: the larger always go first.' }),
  fairShare: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .meta({ description: 'The part of all places that is kept for sources of lower priority, in turn, while they wait.' }),
  maxStalenessMs: z.number().min(0).default(0).meta({
    description: 'In a live graph, buffers that entered it longer ago, in milliseconds, are dropped as `stale`; 0 keeps all.',
  }),
  adaptive: z.boolean().default(false).meta({
    description:
      'The wait follows the rate at which buffers come, as measured: the time in which a batch fills, from 2 to 100 ms. Until that is known it is `maxWaitMs`.',
  }),
  latencyTargetMs: z
    .number()
    .min(0)
    .nullable()
    .default(null)
    .meta({ description: 'No buffer waits longer than this for a batch, in milliseconds, whatever else is set.' }),
  lengthBuckets: z.array(z.number().positive()).default([]).meta({
    description: 'Upper bounds of lengths, rising: only buffers between the same two bounds share a batch, where their lengths differ.',
  }),
});

export type BatchOptions = z.output<typeof batchOptions>;

/** The bounds of a wait that follows the rate of arrivals. */
export const ADAPTIVE_WAIT_MS = { least: 2, most: 100 } as const;

/** How long a buffer may wait for a batch at most, in milliseconds; null: as long as it takes. */
export function longestWaitMs({ maxWaitMs, adaptive, latencyTargetMs }: BatchOptions): number | null {
  const asked = adaptive && maxWaitMs !== null ? Math.max(maxWaitMs, ADAPTIVE_WAIT_MS.most) : maxWaitMs;
  if (asked === null || latencyTargetMs === null) return asked ?? latencyTargetMs;
  return Math.min(asked, latencyTargetMs);
}

/** What speaks against settings of batches that are each valid; undefined where nothing does. */
export function batchFlawOf({ maxSize, preferredSizes, strict, lengthBuckets }: BatchOptions): string | undefined {
  const larger = preferredSizes.find((size) => size > maxSize);
  if (larger !== undefined)
    return `A batch cannot have its preferred size ${larger}: maxSize is ${maxSize}; raise maxSize or leave ${larger} out`;
  if (strict && preferredSizes.length === 0)
    return 'Batches cannot keep to preferred sizes where there are none; give preferredSizes, or leave strict out';
  const falls = lengthBuckets.findIndex((bound, index) => index > 0 && bound <= lengthBuckets[index - 1]!);
  if (falls > 0)
    return `The bounds of lengthBuckets have to rise, found ${lengthBuckets[falls - 1]} before ${lengthBuckets[falls]}; sort them`;
  return undefined;
}
