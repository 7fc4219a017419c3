import { z } from 'zod';

export const UNITS = ['pixels', 'normalised'] as const;

/** The param that says what a model's boxes are measured in. */
export function units(usual: (typeof UNITS)[number]) {
  return z
    .enum(UNITS)
    .default(usual)
    .meta({ description: 'What boxes are measured in: pixels of the picture that the model saw, or parts of its sides.' });
}
