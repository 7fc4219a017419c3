import { z } from 'zod';

export const quarantineOptions = z.strictObject({
  attempts: z.int().min(1).default(1).meta({
    description:
      'How often a buffer is tried before it is put aside. More than once helps where faults are of the element rather than of the buffer: with onError restart it is tried again after the restart.',
  }),
  folder: z.string().min(1).optional().meta({
    description:
      'Where buffers are written to that were put aside, each as a recording that `replay` plays, with a note of what happened; relative paths are relative to the current folder. Default: nowhere.',
  }),
  maxFiles: z.int().min(1).default(100).meta({ description: 'How many buffers the folder holds, those of earlier runs included.' }),
  maxBytes: z
    .int()
    .min(1024)
    .default(2 ** 28)
    .meta({ description: 'How many bytes of recordings the folder holds.' }),
  keep: z.enum(['first', 'last']).default('first').meta({
    description: 'What stays when the folder is full. first: nothing more is written; last: the oldest are deleted.',
  }),
});

export type QuarantineOptions = z.output<typeof quarantineOptions>;
