// What a model wants of a picture before it sees it.
import { z } from 'zod';

const perChannel = z.array(z.number()).min(1).max(4);

const rules = {
  fit: z.enum(['letterbox', 'stretch', 'crop']),
  anchor: z.enum(['center', 'topLeft']),
  padValue: z.number().min(0).max(255),
  interpolation: z.enum(['bilinear', 'nearest', 'area']),
  channelOrder: z.enum(['RGB', 'BGR', 'GRAY']),
  mean: perChannel,
  scale: perChannel,
};

const ABOUT = {
  fit: 'How the picture is brought to size: shrunk into it, stretched over it, or cut to its aspect.',
  anchor: 'Where a letterboxed picture lies.',
  padValue: 'Value of the bars, before normalisation.',
  interpolation: 'How pixels between pixels are found.',
  channelOrder: 'Order of the channels.',
  mean: 'Subtracted from each channel, whose values run from 0 to 255.',
  scale: 'What each channel is multiplied by after the mean was subtracted.',
} as const;

/** The preprocessing of an image input, as a manifest states it. Normalisation is `(x − mean) × scale`, in that order, x from 0 to 255. */
export const preprocess = z.strictObject({
  fit: rules.fit.default('letterbox').meta({ description: ABOUT.fit }),
  anchor: rules.anchor.default('center').meta({ description: ABOUT.anchor }),
  padValue: rules.padValue.default(114).meta({ description: ABOUT.padValue }),
  interpolation: rules.interpolation.default('bilinear').meta({ description: ABOUT.interpolation }),
  channelOrder: rules.channelOrder.default('RGB').meta({ description: ABOUT.channelOrder }),
  mean: perChannel.default([0, 0, 0]).meta({ description: ABOUT.mean }),
  scale: perChannel.default([1, 1, 1]).meta({ description: ABOUT.scale }),
});

export type Preprocess = z.output<typeof preprocess>;

const wish = <T extends z.ZodType>(rule: T, about: string) =>
  rule.optional().meta({ description: `${about} Default: what the model wants.` });

/** The same as an element's own props, which go before what the model wants. Without defaults: an absent one means the model's. */
export const ownPreprocess = z.strictObject({
  anchor: wish(rules.anchor, ABOUT.anchor),
  padValue: wish(rules.padValue, ABOUT.padValue),
  interpolation: wish(rules.interpolation, ABOUT.interpolation),
  channelOrder: wish(rules.channelOrder, ABOUT.channelOrder),
  mean: wish(rules.mean, ABOUT.mean),
  scale: wish(rules.scale, ABOUT.scale),
});
