// The input of a model that a stream of tensors feeds, how its items make a batch, and what tells the model how long each is.
// Beside it the model may have one more input, for lengths.
import { type Caps, caps } from '../core/caps/caps.ts';
import { LENGTH } from '../media/tensor/item-length.ts';
import type { Dtype } from '../memory/dtype.ts';
import { formatShape } from './check-tensors.ts';
import { InferenceError } from './inference-error.ts';
import { isLengthRole, type LengthInput, type LengthRole, lengthInput, lengthInputOf } from './length-input.ts';
import type { OpenedModel } from './open-model.ts';

export interface FedInput {
  readonly name: string;
  readonly dtype: Dtype;
  /** Of one item, outermost axis first; a name stands for a size that is open. */
  readonly shape: readonly (number | string)[];
  /** How many items a run takes: as many as one likes, always so many, one without an axis for it, or any number one behind the other. */
  readonly batch: 'open' | 'none' | 'packed' | number;
  /** Where items may differ in length. */
  readonly lengths?: LengthInput;
}

/** An axis of an item whose size differs from buffer to buffer, in caps; how long it is follows from a buffer's bytes. */

/**
 * The input that is fed, fit for batches of up to `maxBatch` items.
 *
 * @param wish The input for lengths, where it is not the manifest that names it.
 * @throws InferenceError `inference/several-inputs`, `inference/fixed-batch`, `inference/unclear-lengths`.
 */
export function fedInput(
  { manifest, session, path }: Pick<OpenedModel, 'manifest' | 'session' | 'path'>,
  maxBatch: number,
  wish?: { readonly name: string; readonly as: LengthRole },
): FedInput {
  const beside = session.inputs.length > 1 ? lengthInputOf(manifest, wish) : undefined;
  const [info, ...others] = session.inputs.filter(({ name }) => name !== beside);
  const input = info === undefined ? undefined : manifest.inputs[info.name];
  if (info === undefined || input === undefined || others.length > 0) {
    const names = session.inputs.map(({ name, shape }) => `${name} (${formatShape(shape)})`);
    throw new InferenceError(
      'inference/several-inputs',
      `Cannot feed the model ${path}: exactly one input can be fed, and it has ${names.length}: ${names.join(', ') || 'none'}; one more may be for lengths: give it the role mask, offsets or segments in the manifest, or set lengthInput`,
    );
  }
  const sizes = input.shape.map((size, axis) => (typeof info.shape[axis] === 'number' ? info.shape[axis] : size));
  const role = beside === undefined ? undefined : (wish?.as ?? manifest.inputs[beside]!.role);
  const lengths =
    beside === undefined || role === undefined || !isLengthRole(role)
      ? undefined
      : lengthInput(manifest, info.name, sizes, { name: beside, as: role });
  if (lengths !== undefined && lengths.role !== 'mask') {
    return { name: info.name, dtype: input.dtype, shape: sizes, batch: 'packed', lengths };
  }
  const hasBatch = sizes.length > 0 && (input.axes.length === 0 || input.axes[0] === 'batch');
  const [first] = sizes;
  const batch = !hasBatch ? 'none' : typeof first === 'number' ? first : 'open';
  const most = batch === 'none' ? 1 : batch === 'open' ? Infinity : batch;
  if (maxBatch > most) {
    const found = batch === 'none' ? 'has no batch axis' : `takes batches of exactly ${batch}`;
    throw new InferenceError(
      'inference/fixed-batch',
      `Cannot run the model ${path} in batches of ${maxBatch}: it ${found}; set batch.maxSize to ${most}, or export the model with an open batch axis`,
    );
  }
  return {
    name: info.name,
    dtype: input.dtype,
    shape: hasBatch ? sizes.slice(1) : sizes,
    batch,
    ...(lengths === undefined ? {} : { lengths }),
  };
}

/** An item's shape where it is settled before data comes. */
export function settledShape({ shape }: FedInput): readonly number[] | undefined {
  return shape.every((size) => typeof size === 'number') ? (shape as readonly number[]) : undefined;
}

/** How many items a run with `count` of them has room for. */
export function slotsFor({ batch }: FedInput, count: number): number {
  return typeof batch === 'number' ? batch : count;
}

/** The input's whole shape for a run with `count` items. */
export function runShape(input: FedInput, count: number, item: readonly number[]): readonly number[] {
  return input.batch === 'none' ? item : [slotsFor(input, count), ...item];
}

/** The caps of what feeds the input; they carry the preprocessing that the manifest asks for. */
export function fedCaps({ name, dtype, shape, lengths }: FedInput, { manifest }: Pick<OpenedModel, 'manifest'>): Caps {
  const { role, axes, preprocess } = manifest.inputs[name]!;
  const open = { min: 1, max: 16384 };
  const sizes = shape.map((size, axis) => (axis === lengths?.axis ? { anyOf: [LENGTH, open] } : typeof size === 'number' ? size : open));
  const [first] = axes.filter((axis) => axis !== 'batch');
  const picture = role === 'image' ? { layout: first === 'channel' ? 'CHW' : 'HWC' } : {};
  return caps('tensor', { dtype, ...picture, shape: sizes }, { preprocess, input: name });
}
