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

/** The limits and the deadline of the batches an element is given. */
export const batchOptions = z.strictObject({
  maxSize: z.int().min(1).default(1).meta({ description: 'The most buffers in a batch.' }),
  maxWaitMs: z
    .number()
    .min(0)
    .nullable()
    .default(0)
    .meta({ description: 'How long the oldest buffer may wait for others, in milliseconds; 0 never waits, null waits for a full batch.' }),
});

export type BatchOptions = z.output<typeof batchOptions>;
