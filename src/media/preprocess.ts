// What a model wants of a picture before it sees it.
import { z } from 'zod';

const perChannel = z.array(z.number()).min(1).max(4);

/** The preprocessing of an image input, as a manifest states it. Normalisation is `(x − mean) × scale`, in that order, x from 0 to 255. */
export const preprocess = z.strictObject({
  fit: z
    .enum(['letterbox', 'stretch', 'crop'])
    .default('letterbox')
    .meta({ description: 'How the picture is brought to size: shrunk into it, stretched over it, or cut to its aspect.' }),
  anchor: z.enum(['center', 'topLeft']).default('center').meta({ description: 'Where a letterboxed picture lies.' }),
  padValue: z.number().min(0).max(255).default(114).meta({ description: 'Value of the bars, before normalisation.' }),
  interpolation: z.enum(['bilinear', 'nearest', 'area']).default('bilinear').meta({ description: 'How pixels between pixels are found.' }),
  channelOrder: z.enum(['RGB', 'BGR', 'GRAY']).default('RGB').meta({ description: 'Order of the channels.' }),
  mean: perChannel.default([0, 0, 0]).meta({ description: 'Subtracted from each channel, whose values run from 0 to 255.' }),
  scale: perChannel.default([1, 1, 1]).meta({ description: 'What each channel is multiplied by after the mean was subtracted.' }),
});

export type Preprocess = z.output<typeof preprocess>;
