// What goes wrong in a simulation, as it is written down. The zod declaration is the source of the types, the defaults and the
// schema (schemas/faults.schema.json).
import { z } from 'zod';
import { graphEdit } from '../core/edit/graph-edit.ts';

const common = {
  element: z.string().min(1).default('*').meta({ description: 'The element by its name; `*` stands for any characters.' }),
  probability: z.number().min(0).max(1).default(1).meta({ description: 'How likely it strikes a buffer.' }),
  from: z.int().min(0).default(0).meta({ description: "The first of the element's buffers that it may strike, counted from 0." }),
  to: z.int().min(0).optional().meta({ description: 'The first buffer that it spares again. Default: none.' }),
  atMost: z.int().min(1).optional().meta({ description: 'How often it strikes an element at most. Default: as often as it likes.' }),
};

/** A day at most. */
const span = (text: string) => z.number().gt(0).max(86_400_000).meta({ description: text });

const fault = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('jitter').meta({ description: 'Buffers of a source come late by chance.' }),
    ...common,
    maxMs: span('The most that one is late, in milliseconds.'),
  }),
  z.strictObject({ kind: z.literal('drop').meta({ description: 'Buffers of a source are lost.' }), ...common }),
  z.strictObject({ kind: z.literal('duplicate').meta({ description: 'Buffers of a source come twice.' }), ...common }),
  z.strictObject({
    kind: z.literal('reorder').meta({ description: 'Buffers of a source come after some of those behind them.' }),
    ...common,
    distance: z.int().min(1).max(16).default(1).meta({ description: 'After how many others one comes.' }),
  }),
  z.strictObject({
    kind: z.literal('stall').meta({ description: 'A source gives nothing, or an element does not come back, for a while.' }),
    ...common,
    ms: span('For how long, in milliseconds.'),
  }),
  z.strictObject({
    kind: z.literal('slow').meta({ description: 'An element takes longer for a buffer, by chance.' }),
    ...common,
    maxMs: span('The most that it takes longer, in milliseconds.'),
  }),
  z.strictObject({ kind: z.literal('fail').meta({ description: 'A hook throws.' }), ...common }),
]);

const plannedEdit = z.strictObject({
  from: z.int().min(0).default(0).meta({ description: 'The first step before which it may be made.' }),
  to: z.int().min(1).default(100).meta({ description: 'The first step before which it is made no more; chance says which of them it is.' }),
  edit: graphEdit.meta({ description: 'What is changed, as for `pipeline.edit`.' }),
});

export const faultPlan = z.strictObject({
  $schema: z.string().optional().meta({ description: 'Where the schema is; editors complete and check with it.' }),
  version: z.literal(1).default(1).meta({ description: 'Version of the format.' }),
  description: z.string().optional().meta({ description: 'For people.' }),
  faults: z.array(fault).default([]).meta({ description: 'What goes wrong; each for itself.' }),
  edits: z.array(plannedEdit).default([]).meta({
    description: 'Edits of the running graph. One that cannot be made when its turn comes is refused, which is no fault.',
  }),
});

export type FaultPlan = z.output<typeof faultPlan>;
export type FaultPlanInput = z.input<typeof faultPlan>;
export type Fault = FaultPlan['faults'][number];
export type PlannedEdit = FaultPlan['edits'][number];

/** What only a source can suffer. */
export const SOURCE_FAULTS: readonly Fault['kind'][] = ['jitter', 'drop', 'duplicate', 'reorder'];
/** What a source cannot suffer. */
export const HOOK_FAULTS: readonly Fault['kind'][] = ['slow'];
