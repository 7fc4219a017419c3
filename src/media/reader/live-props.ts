import { z } from 'zod';
import { corruptProps } from './corrupt-pictures.ts';

/** The props that every source of live media has which may be lost and come back. */
export const liveProps = {
  connectTimeoutMs: z.number().gt(0).max(600_000).default(10_000).meta({
    description: 'How long connecting may take, and the first frame after it, in milliseconds.',
  }),
  silenceTimeoutMs: z.number().gt(0).max(600_000).default(5000).meta({
    description: 'How long no frame may come, once there was one, before it is connected to anew, in milliseconds.',
  }),
  reconnect: z
    .strictObject({
      firstDelayMs: z
        .number()
        .min(0)
        .default(500)
        .meta({ description: 'The first delay, in milliseconds; each is twice as long, and half of it is chance.' }),
      maxDelayMs: z.number().min(0).default(10_000).meta({ description: 'The longest delay, in milliseconds.' }),
    })
    .prefault({})
    .meta({ description: 'When it is connected to anew; it is tried for as long as the graph runs.' }),
};

/** Those of live pictures. */
export const livePictureProps = {
  ...liveProps,
  ...corruptProps,
  assumedWidth: z.int().min(16).max(16384).default(1280).meta({
    description: 'Width in pixels, as long as it has not been connected to; what comes then has the size it has.',
  }),
  assumedHeight: z.int().min(16).max(16384).default(720).meta({ description: 'Height in pixels, in the same way.' }),
  placeholder: z.enum(['none', 'last', 'black']).default('none').meta({
    description: 'What comes while it is away. none: nothing; last: the last picture; black: a black one. Both are marked as corrupt.',
  }),
  placeholderRate: z.number().gt(0).max(60).default(1).meta({ description: 'Placeholders a second.' }),
};
