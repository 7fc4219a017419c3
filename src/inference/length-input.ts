// The second input of a model whose items differ in length: what tells it which of its elements belong to which item.
import { z } from 'zod';
import type { Dtype } from '../memory/dtype.ts';
import { formatShape } from './check-tensors.ts';
import { InferenceError } from './inference-error.ts';
import type { Manifest } from './manifest.ts';

/** How items share a run: padded to the longest with a mask, or one behind the other with where each begins, or of which each element is. */
export const LENGTH_ROLES = ['mask', 'offsets', 'segments'] as const;

export type LengthRole = (typeof LENGTH_ROLES)[number];

export const lengthInputProp = z
  .strictObject({
    name: z.string().min(1).meta({ description: 'Name of the input.' }),
    as: z.enum(LENGTH_ROLES).meta({
      description:
        'What it takes: a `mask`, 1 for what belongs to an item that was padded and 0 for padding; `offsets`, where each of the items begins that lie one behind the other, and where the last one ends; or `segments`, the number of its item for each element.',
    }),
  })
  .meta({ description: 'The input that tells items of different lengths apart. Default: the one with such a role in the manifest.' });

export interface LengthInput {
  readonly name: string;
  readonly role: LengthRole;
  readonly dtype: Dtype;
  /** The axis of an item along which items differ. */
  readonly axis: number;
  /** The outputs that have an entry for each element along that axis, outermost within an item. */
  readonly perElement: ReadonlySet<string>;
}

/** The input that the manifest or the wish names for lengths; undefined where neither does. */
export function lengthInputOf(
  manifest: Manifest,
  wish: { readonly name: string; readonly as: LengthRole } | undefined,
): string | undefined {
  if (wish !== undefined) return wish.name;
  return Object.entries(manifest.inputs).find(([, { role }]) => isLengthRole(role))?.[0];
}

/**
 * Finds out along which axis the items of the input `fed` differ, of the whole shape `sizes`.
 *
 * @throws InferenceError `inference/unclear-lengths`.
 */
export function lengthInput(
  { inputs, outputs }: Manifest,
  fed: string,
  sizes: readonly (number | string)[],
  wish: { readonly name: string; readonly as: LengthRole },
): LengthInput {
  const { name, as: role } = wish;
  const { dtype, shape } = inputs[name]!;
  const whole = role === 'mask' ? sizes.indexOf(shape[1] ?? '') : 0;
  const size = sizes[whole];
  const problem =
    role === 'mask' && (shape.length !== 2 || whole < 1)
      ? `a mask has two axes, batch and one of ${fed}`
      : role !== 'mask' && shape.length !== 1
        ? `${role} have one axis`
        : typeof size !== 'string'
          ? `the axis that it is about is open, and has a name`
          : undefined;
  if (problem !== undefined || typeof size !== 'string') {
    throw new InferenceError(
      'inference/unclear-lengths',
      `Cannot feed ${fed} (${formatShape(sizes)}) items of different lengths by ${name} (${formatShape(shape)}): ${problem}; correct the roles and the names of open sizes in the manifest`,
    );
  }
  const perElement = new Set<string>();
  for (const [output, { shape: declared }] of Object.entries(outputs)) {
    const at = declared.indexOf(size);
    if (at < 0) continue;
    if (at !== whole || at > 1) {
      throw new InferenceError(
        'inference/unclear-lengths',
        `Cannot give items of different lengths their part of the output ${output} (${formatShape(declared)}): its axis ${size} would have to be the outermost of an item; end the model with a Transpose`,
      );
    }
    perElement.add(output);
  }
  return { name, role, dtype, axis: role === 'mask' ? whole - 1 : 0, perElement };
}

export function isLengthRole(role: string): role is LengthRole {
  return LENGTH_ROLES.some((one) => one === role);
}
