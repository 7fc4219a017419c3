import { bytesOfDtype } from '../memory/dtype.ts';
import type { Slab } from '../memory/slab.ts';
import type { TensorRef } from './backend.ts';
import { formatShape } from './check-tensors.ts';
import { InferenceError } from './inference-error.ts';
import type { Manifest } from './manifest.ts';

/** An item's share of a run's outputs. */
export interface OutputShare {
  readonly value: Readonly<Record<string, { dtype: TensorRef['dtype']; shape: readonly number[]; slab: Slab; offset: number }>>;
  /** The slabs that the share lies in, with a reference each. */
  readonly slabs: readonly Slab[];
  readonly bytes: number;
}

/**
 * The part of a run's outputs that belongs to item `index` of a run with room for `slots`. An output whose axes begin with
 * `batch`, or of whose axes nothing is said, is divided; any other goes whole to the one item of its run.
 *
 * @throws InferenceError `inference/not-per-item`.
 */
export function shareOf(
  outputs: Readonly<Record<string, TensorRef>>,
  manifest: Pick<Manifest, 'outputs'>,
  index: number,
  slots: number,
): OutputShare {
  const parts = Object.entries(outputs).map(([name, tensor]) => [name, partOf(name, tensor, manifest, index, slots)] as const);
  return {
    value: Object.fromEntries(parts),
    slabs: parts.map(([, { slab }]) => slab.retain()),
    bytes: parts.reduce((sum, [, { dtype, shape }]) => sum + bytesOf(dtype, shape), 0),
  };
}

function partOf(
  name: string,
  { dtype, shape, slab, offset = 0 }: TensorRef,
  { outputs }: Pick<Manifest, 'outputs'>,
  index: number,
  slots: number,
): OutputShare['value'][string] {
  const { axes = [] } = outputs[name] ?? {};
  const isDivided = shape.length > 0 && (axes.length === 0 || axes[0] === 'batch');
  if (!isDivided && slots === 1) return { dtype, shape, slab, offset };
  if (!isDivided || shape[0] !== slots) {
    throw new InferenceError(
      'inference/not-per-item',
      `The output ${name} has the shape ${formatShape(shape)} for a batch of ${slots}, which cannot be divided; leave batch out, and give the output axes in the manifest that do not begin with batch`,
    );
  }
  const item = shape.slice(1);
  return { dtype, shape: item, slab, offset: offset + index * bytesOf(dtype, item) };
}

function bytesOf(dtype: TensorRef['dtype'], shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, bytesOfDtype(dtype));
}
