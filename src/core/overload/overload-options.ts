// What a graph says of overload: steps that are taken one after the other while something is too full, too old, too late or
// loses too much, and undone in reverse order when it no longer is.
import { z } from 'zod';
import { type BatchOptions, batchOptions, type QueueOptions, queueOptions } from '../queue/queue-options.ts';

const DAY_MS = 24 * 3600 * 1000;

export const overloadCondition = z
  .strictObject({
    element: z.string().min(1).meta({ description: 'The element that is watched.' }),
    measure: z.enum(['level', 'waiting', 'latency', 'drops']).meta({
      description:
        'What is measured of it. level: how full its queue is, 0 to 1. waiting: how long the oldest buffer in its queue has been there, in milliseconds. latency: how long buffers take from their source to having been handled here, in milliseconds. drops: the share of its buffers that are lost, 0 to 1.',
    }),
    above: z.number().gt(0).meta({ description: 'The step is taken when the mean over the window is larger.' }),
    below: z
      .number()
      .min(0)
      .optional()
      .meta({ description: 'The step is undone when the mean over the window is no larger than this. Default: half of `above`.' }),
    windowMs: z
      .number()
      .min(1)
      .max(DAY_MS)
      .default(1000)
      .meta({ description: 'Over how long the mean is taken; it begins anew after each step.' }),
    dwellMs: z.number().min(0).max(DAY_MS).default(5000).meta({
      description: 'How long the step stays at least. Doubled, up to 16 times, while it has to be taken again soon after it was undone.',
    }),
    causes: z.array(z.string()).min(1).default(['overflow', 'stale', 'late']).meta({ description: 'For `drops`: the causes that count.' }),
  })
  .check(({ value: { above, below, measure }, issues }) => {
    if (below !== undefined && below >= above) {
      issues.push({
        code: 'custom',
        message: `Expected below to be less than above, found ${below} and ${above}`,
        input: below,
        path: ['below'],
      });
    }
    if (above >= 1 && (measure === 'level' || measure === 'drops')) {
      issues.push({
        code: 'custom',
        message: `Expected above to be less than 1 for ${measure}, found ${above}`,
        input: above,
        path: ['above'],
      });
    }
  });

/** What can be changed of the queues before a running element, and of the batches that form in them. */
export interface QueueChanges {
  readonly queue?: Partial<QueueOptions> | undefined;
  readonly batch?: Partial<Pick<BatchOptions, 'maxSize' | 'maxWaitMs' | 'latencyTargetMs' | 'maxStalenessMs' | 'adaptive'>> | undefined;
}

const { maxSize, maxWaitMs, latencyTargetMs, maxStalenessMs, adaptive } = batchOptions.shape;
const batchChanges = unsaid<NonNullable<QueueChanges['batch']>>({ maxSize, maxWaitMs, latencyTargetMs, maxStalenessMs, adaptive });
const queueChanges = unsaid<NonNullable<QueueChanges['queue']>>(queueOptions.shape);

export const overloadStep = z
  .strictObject({
    name: z.string().min(1).optional().meta({ description: 'What messages and reports call the step. Default: what it changes.' }),
    when: overloadCondition.meta({ description: 'When the step is taken and undone.' }),
    do: z
      .record(z.string(), z.record(z.string(), z.unknown()))
      .default({})
      .meta({ description: 'The properties that it changes, by element; what they were before comes back when it is undone.' }),
    batch: z
      .record(z.string(), batchChanges)
      .default({})
      .meta({ description: 'What it changes of the batches before an element, by element: a shorter window, say.' }),
    queue: z
      .record(z.string(), queueChanges)
      .default({})
      .meta({ description: 'What it changes of the queues before an element, by element: that they drop the oldest, say.' }),
    pause: z.array(z.string().min(1)).default([]).meta({
      description: 'Sources that it pauses. They give nothing meanwhile; what those give that cannot be held back is dropped as `paused`.',
    }),
  })
  .check(({ value, issues }) => {
    if (changesOf(value).length > 0) return;
    const message = 'A step has to do something: give it do, batch, queue or pause';
    issues.push({ code: 'custom', message, input: value, path: [] });
  });

export type OverloadStep = z.output<typeof overloadStep>;
export type OverloadCondition = z.output<typeof overloadCondition>;

/** A single change that a step makes: of a property, of a setting of a queue or a batch, or of whether a source gives anything. */
export interface OverloadChange {
  readonly element: string;
  readonly of: 'props' | 'batch' | 'queue' | 'source';
  readonly property: string;
  readonly value: unknown;
}

type Changes = Pick<OverloadStep, 'do' | 'batch' | 'queue' | 'pause'>;

/** What a step changes, one by one. */
export function changesOf(step: Changes): OverloadChange[] {
  const named = (of: 'props' | 'batch' | 'queue', changes: Readonly<Record<string, Readonly<Record<string, unknown>>>>): OverloadChange[] =>
    Object.entries(changes).flatMap(([element, own]) => Object.entries(own).map(([property, value]) => ({ element, of, property, value })));
  return [
    ...named('props', step.do),
    ...named('batch', step.batch),
    ...named('queue', step.queue),
    ...step.pause.map((element) => ({ element, of: 'source' as const, property: 'paused', value: true })),
  ];
}

/** Such as `thin.every=3 detect.batch.maxWaitMs=2 yard.paused=true`. */
export function changesText(step: Changes): string {
  return changesOf(step)
    .map(({ element, of, property, value }) => {
      const setting = of === 'props' || of === 'source' ? property : `${of}.${property}`;
      return `${element}.${setting}=${JSON.stringify(value)}`;
    })
    .join(' ');
}

/** What messages and reports call a step. */
export function stepName(step: Changes & Pick<OverloadStep, 'name'>): string {
  return step.name ?? changesText(step);
}

/** An object of these fields, each of which may be left out and then says nothing. */
function unsaid<Output>(shape: Readonly<Record<string, z.ZodDefault<z.ZodType>>>): z.ZodType<Output> {
  const fields = Object.entries(shape).map(([name, field]) => [
    name,
    field
      .unwrap()
      .optional()
      .meta({ ...field.meta() }),
  ]);
  return z.strictObject(Object.fromEntries(fields)) as never;
}
