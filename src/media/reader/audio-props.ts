import { z } from 'zod';
import { AUDIO_FORMATS } from './audio-stream-info.ts';

/** How a source of sound is to give it. */
export const audioProps = {
  format: z.enum(AUDIO_FORMATS).default('F32').meta({ description: 'F32: 32-bit floats from -1 to 1; S16: 16-bit integers.' }),
  rate: z.int().min(1000).max(768_000).optional().meta({ description: 'Samples a second. Default: as they are coded.' }),
  channels: z
    .int()
    .min(1)
    .max(2)
    .optional()
    .meta({ description: 'How many channels: 1 mixes down, 2 spreads. Default: as many as there are.' }),
  chunkMs: z.number().gt(0).max(10_000).default(20).meta({
    description: 'How long the sound in a buffer is, in milliseconds; the last one, and one before a hole, may be shorter.',
  }),
};
