// A graph as it is written down. The zod declaration is the source of the types, of the defaults and of the schema.
import { z } from 'zod';
import { quarantineOptions } from '../element/quarantine-options.ts';
import { restartOptions } from '../element/restart-policy.ts';
import { overloadStep } from '../overload/overload-options.ts';
import { batchOptions, queueOptions } from '../queue/queue-options.ts';
import { syncChoice } from '../time/sync-options.ts';

export const elementDescription = z.strictObject({
  type: z.string().meta({ description: 'The kind of element; `leat inspect` lists them.' }),
  props: z.record(z.string(), z.unknown()).default({}).meta({ description: "The element's properties." }),
  queue: queueOptions
    .partial()
    .optional()
    .meta({ description: 'Limits and policy of the queue before the element, on each of its sink pads.' }),
  batch: batchOptions.partial().optional().meta({ description: 'How buffers are gathered into batches before the element.' }),
  inFlight: z.int().min(1).optional().meta({ description: 'How many buffers or batches may be at work in the element at once.' }),
  sync: syncChoice.optional().meta({
    description:
      'For a sink: renders each buffer when its time has come by the clock, and keeps all such sinks in step. An object says how. Default: false.',
  }),
  onError: z
    .enum(['fail', 'skip', 'restart'])
    .optional()
    .meta({ description: 'What a fault of the element costs: the pipeline, the buffer, or a restart of the element. Default: fail.' }),
  quarantine: quarantineOptions.partial().optional().meta({
    description: 'What becomes of a buffer on which the element has failed and goes on. Default: it is counted and told of.',
  }),
  timeoutMs: z.number().positive().optional().meta({
    description:
      'How long a hook of the element may take over a buffer, in milliseconds, or a source to give one; longer is a fault. Default: as long as it takes.',
  }),
  restart: restartOptions.partial().optional().meta({ description: 'How an element is restarted whose onError says so.' }),
  onNonMonotonic: z.enum(['drop', 'rebase', 'error']).optional().meta({
    description:
      'For a source: what becomes of a buffer that is earlier than the one before it. It is dropped, moved behind that one with all that follow, or a fault. Default: rebase, which loses nothing when a stream begins anew.',
  }),
  thread: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Runs the element in a worker thread of this name; elements of one name share it.' }),
  description: z.string().optional().meta({ description: 'For people.' }),
});

export type ElementDescription = Partial<z.output<typeof elementDescription>> & { readonly type: string };

export const parameterDescription = z.strictObject({
  type: z.enum(['string', 'number', 'integer', 'boolean', 'path']).default('string').meta({
    description:
      'What a value must be. A `path` is that of an input; a relative one is relative to where it is written: this file for a default, the current folder on the command line.',
  }),
  default: z
    .union([z.string(), z.number(), z.boolean()])
    .optional()
    .meta({ description: 'The value when none is given; without it one must be.' }),
  description: z.string().optional().meta({ description: 'For people.' }),
});

/** What may stand where a name is given: letters, digits, `_` and `-`. */
export const NAME_PATTERN = /^[A-Za-z_][A-Za-z0-9_-]*$/;

const elementName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_/-]*$/);
const innerPads = z.record(z.string(), z.string()).optional();

export const includeDescription = z.strictObject({
  file: z.string().min(1).meta({ description: 'A graph file, relative to this one.' }),
  params: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .default({})
    .meta({ description: 'Values for the params of that file.' }),
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
  include: z
    .record(elementName, includeDescription)
    .default({})
    .meta({ description: 'Other graph files as parts of this one, by name; links name a part like an element.' }),
  elements: z.record(elementName, elementDescription).meta({ description: 'The elements by name.' }),
  links: z.array(z.string()).default([]).meta({ description: 'Chains such as `video ! fit ! detect`; `name.pad` names a pad.' }),
  clock: z.string().min(1).optional().meta({
    description:
      'The clock that the graph goes by: that of the element of this name, or `system`. Default: that of a live source that provides one, else that of such a sink, else the one of the system.',
  }),
  overload: z.array(overloadStep).default([]).meta({
    description:
      'Steps against overload. Those that watch the same element are a ladder: taken one after the other in this order, undone in reverse.',
  }),
  sinkPads: innerPads.meta({
    description: 'For a graph that others include: the pads that take buffers in, and the inner pads they stand for.',
  }),
  srcPads: innerPads.meta({
    description: 'For a graph that others include: the pads that give buffers out, and the inner pads they stand for.',
  }),
});

export type GraphDescription = z.output<typeof graphDescription>;
export type GraphInput = z.input<typeof graphDescription>;
