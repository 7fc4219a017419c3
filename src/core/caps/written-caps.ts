import { z } from 'zod';
import { CapsSyntaxError, readCaps } from './parse-caps.ts';

const structure = z.strictObject({
  media: z.string().min(1).meta({ description: 'The media type, such as video/raw.' }),
  fields: z
    .record(z.string(), z.unknown())
    .default({})
    .meta({ description: 'A value, { min, max, step }, { anyOf: [...] }, or a list of these, for each field.' }),
});

/** A property that holds caps as people write them, as text or as JSON; `readCaps` makes caps of its value. */
export function writtenCaps() {
  return z.union([z.string().min(1), structure, z.array(structure).min(1)]).superRefine((written, context) => {
    try {
      readCaps(written);
    } catch (error) {
      if (!(error instanceof CapsSyntaxError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
    }
  });
}
