// What a graph says of overload: steps that are taken one after the other while something is too full, too old, too late or
// loses too much, and undone in reverse order when it no longer is.
import { z } from 'zod';

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
      .meta({ description: 'The step is undone when the mean over the window is smaller. Default: half of `above`.' }),
    windowMs: z.number().min(1).default(1000).meta({ description: 'Over how long the mean is taken; it begins anew after each step.' }),
    dwellMs: z.number().min(0).default(5000).meta({
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

export const overloadStep = z.strictObject({
  name: z.string().min(1).optional().meta({ description: 'What messages and reports call the step. Default: what it changes.' }),
  when: overloadCondition.meta({ description: 'When the step is taken and undone.' }),
  do: z
    .record(z.string(), z.record(z.string(), z.unknown()))
    .meta({ description: 'The properties that it changes, by element; what they were before comes back when it is undone.' }),
});

export type OverloadStep = z.output<typeof overloadStep>;
export type OverloadCondition = z.output<typeof overloadCondition>;

/** What messages and reports call a step. */
export function stepName({ name, do: changes }: Pick<OverloadStep, 'name' | 'do'>): string {
  if (name !== undefined) return name;
  return Object.entries(changes)
    .flatMap(([element, props]) => Object.entries(props).map(([prop, value]) => `${element}.${prop}=${JSON.stringify(value)}`))
    .join(' ');
}
