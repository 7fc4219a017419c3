// What a graph may ask of one input of a join.
import { z } from 'zod';
import type { JoinPolicyName } from '../../core/join/join.ts';
import type { JoinInputOptions } from '../../core/join/join-input.ts';

export const joinInputProps = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
    .optional()
    .meta({ description: 'What its part of a set is called. Default: the name of its pad.' }),
  required: z.boolean().default(false).meta({ description: 'Whether a set without it stays away.' }),
  toleranceMs: z.number().min(0).optional().meta({
    description:
      "How far its part may lie from a set's time, in milliseconds. Default: 0 with settled, any distance with slowest and base.",
  }),
  maxAgeMs: z
    .number()
    .min(0)
    .optional()
    .meta({ description: 'How long its last buffer stands in for later ones, in milliseconds of stream time. Default: for ever.' }),
  onMissing: z.enum(['skip', 'last', 'null', 'interpolate']).optional().meta({
    description: 'What stands in where it has nothing. Default: skip, the whole set, where it is required, otherwise null.',
  }),
});

export type JoinInputProps = z.output<typeof joinInputProps>;

/** The same as a join takes it. */
export function optionsOf(input: JoinInputProps | undefined, policy: JoinPolicyName): JoinInputOptions {
  const { required = false, toleranceMs, maxAgeMs, onMissing } = input ?? {};
  const tolerance = toleranceMs ?? (policy === 'settled' ? 0 : Number.POSITIVE_INFINITY);
  return {
    required,
    tolerance: tolerance * 1000,
    maxAge: (maxAgeMs ?? Number.POSITIVE_INFINITY) * 1000,
    onMissing: onMissing ?? (required ? 'skip' : 'null'),
  };
}
