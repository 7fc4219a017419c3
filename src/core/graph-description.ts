// A graph as it is written down. The zod declaration is the source of the types, of the defaults and of the schema.
import { z } from 'zod';
import { batchOptions, queueOptions } from './queue-options.ts';

export const elementDescription = z.strictObject({
  type: z.string().meta({ description: 'The kind of element; `leat inspect` lists them.' }),
  props: z.record(z.string(), z.unknown()).default({}).meta({ description: "The element's properties." }),
  queue: queueOptions
    .partial()
    .optional()
    .meta({ description: 'Limits and policy of the queue before the element, on each of its sink pads.' }),
  batch: batchOptions.partial().optional().meta({ description: 'How buffers are gathered into batches before the element.' }),
  inFlight: z.int().min(1).optional().meta({ description: 'How many buffers or batches may be at work in the element at once.' }),
  onError: z
    .enum(['fail', 'skip', 'restart'])
    .optional()
    .meta({ description: 'What a fault of the element costs: the pipeline, the buffer, or a restart of the element. Default: fail.' }),
  thread: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Runs the element in a worker thread of this name; elements of one name share it.' }),
  description: z.string().optional().meta({ description: 'For people.' }),
});

export type ElementDescription = Partial<z.output<typeof elementDescription>> & { readonly type: string };

export const parameterDescription = z.strictObject({
  type: z.enum(['string', 'number', 'integer', 'boolean']).default('string').meta({ description: 'What a value must be.' }),
  default: z
    .union([z.string(), z.number(), z.boolean()])
    .optional()
    .meta({ description: 'The value when none is given; without it one must be.' }),
  description: z.string().optional().meta({ description: 'For people.' }),
});

export const graphDescription = z.strictObject({
  $schema: z.string().optional().meta({ description: 'Where the schema is; editors complete and check with it.' }),
  version: z.literal(1).default(1).meta({ description: 'Version of the graph format.' }),
  description: z.string().optional().meta({ description: 'For people.' }),
  params: z
    .record(z.string(), parameterDescription)
    .default({})
    .meta({ description: 'Values that whoever runs the graph may set; used as `${name}`.' }),
  plugins: z
    .array(z.string())
    .default([])
    .meta({ description: 'Modules that bring elements: paths relative to this file, or package names.' }),
  elements: z.record(z.string(), elementDescription).meta({ description: 'The elements by name.' }),
  links: z.array(z.string()).default([]).meta({ description: 'Chains such as `video ! fit ! detect`; `name.pad` names a pad.' }),
});

export type GraphDescription = z.output<typeof graphDescription>;
export type GraphInput = z.input<typeof graphDescription>;
