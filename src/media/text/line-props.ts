import { z } from 'zod';

/** The props that every source of lines has. */
export const lineProps = {
  maxLineBytes: z
    .int()
    .min(1)
    .max(2 ** 28)
    .default(2 ** 20)
    .meta({ description: 'Bytes of a line that are taken at most; the rest is left out.' }),
  skipEmpty: z.boolean().default(false).meta({ description: 'Leaves empty lines out; they count all the same.' }),
};
