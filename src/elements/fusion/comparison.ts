// A condition over the value of a buffer: what a path leads to, compared with a number.
import { z } from 'zod';

export const OPERATORS = ['==', '!=', '>', '>=', '<', '<=', 'inside', 'outside'] as const;

export const comparison = z.strictObject({
  path: z.string().default('').meta({
    description:
      'Where in the value the number stands, with dots: `items.length`. Empty for the value itself; true counts as 1, what is not there as 0.',
  }),
  operator: z
    .enum(OPERATORS)
    .default('>')
    .meta({ description: 'How it is compared with `value`; inside and outside take `value` to `upTo`, both included.' }),
  value: z.number().default(0).meta({ description: 'What it is compared with.' }),
  upTo: z.number().default(0).meta({ description: 'The upper bound for inside and outside.' }),
});

export type Comparison = z.output<typeof comparison>;

/** Whether a number meets a condition; no number meets none but `!=`. */
export function meets(found: number, { operator, value, upTo }: Omit<Comparison, 'path'>): boolean {
  switch (operator) {
    case '==':
      return found === value;
    case '!=':
      return found !== value;
    case '>':
      return found > value;
    case '>=':
      return found >= value;
    case '<':
      return found < value;
    case '<=':
      return found <= value;
    case 'inside':
      return found >= value && found <= upTo;
    case 'outside':
      return found < value || found > upTo;
  }
}

/** Whether what `path` leads to in a value meets a condition. */
export function compares(value: unknown, condition: Comparison): boolean {
  let found = value;
  for (const name of condition.path === '' ? [] : condition.path.split('.'))
    found = (found as Record<string, unknown> | null | undefined)?.[name];
  return meets(found === undefined || found === null ? 0 : Number(found), condition);
}
