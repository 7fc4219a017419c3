// What every backend checks before a run: a native library trusts the pointers it is given.
import { bytesOfDtype, type Dtype } from '../memory/dtype.ts';
import type { TensorInfo, TensorMap, TensorRef } from './backend.ts';
import { InferenceError } from './inference-error.ts';

/** A shape as people write it: `1×3×320×320`, or `scalar`. */
export function formatShape(shape: readonly (number | string)[]): string {
  return shape.length === 0 ? 'scalar' : shape.join('×');
}

/** How many elements a shape holds; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}

/** The bytes of a packed tensor. */
export function bytesOfTensor(dtype: Dtype, shape: readonly number[]): number {
  return elementCount(shape) * bytesOfDtype(dtype);
}

/**
 * The tensors for a model's inputs, in the model's order. `note` is added to complaints about shapes.
 *
 * @throws InferenceError `inference/missing-input`, `inference/unknown-input`, `inference/wrong-dtype`, `inference/wrong-shape`,
 *   `inference/wrong-length`.
 */
export function orderInputs(infos: readonly TensorInfo[], given: TensorMap, note = ''): TensorRef[] {
  const tensors: ReadonlyMap<string, TensorRef> = given instanceof Map ? given : new Map(Object.entries(given));
  const names = [...tensors.keys()];
  const ordered = infos.map((info) => {
    const tensor = tensors.get(info.name);
    if (tensor === undefined) {
      throw new InferenceError('inference/missing-input', `Input ${info.name} is missing; given: ${names.join(', ') || 'none'}`);
    }
    checkInput(info, tensor, note);
    return tensor;
  });
  if (names.length > infos.length) {
    const known = infos.map(({ name }) => name);
    const unknown = names.find((name) => !known.includes(name));
    throw new InferenceError('inference/unknown-input', `The model has no input ${unknown}; it has: ${known.join(', ') || 'none'}`);
  }
  return ordered;
}

function checkInput(info: TensorInfo, tensor: TensorRef, note: string): void {
  const { dtype, shape, slab, offset = 0 } = tensor;
  if (dtype !== info.dtype) {
    throw new InferenceError('inference/wrong-dtype', `Input ${info.name} is ${dtype}, expected ${info.dtype}`);
  }
  const fits =
    info.unranked === true ||
    (shape.length === info.shape.length && info.shape.every((declared, axis) => typeof declared === 'string' || declared === shape[axis]));
  if (!fits || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new InferenceError(
      'inference/wrong-shape',
      `Input ${info.name} has the shape ${formatShape(shape)}, expected ${formatShape(info.shape)}${note}`,
    );
  }
  const bytes = bytesOfTensor(dtype, shape);
  const room = slab.bytes - offset;
  if (!Number.isSafeInteger(bytes) || !Number.isSafeInteger(offset) || offset < 0 || bytes > room) {
    throw new InferenceError(
      'inference/wrong-length',
      `Input ${info.name} needs ${bytes} bytes for ${formatShape(shape)} ${dtype}, but its slab has ${room} from offset ${offset} on`,
    );
  }
  if (offset % bytesOfDtype(dtype) !== 0) {
    throw new InferenceError('inference/wrong-length', `Input ${info.name} starts at byte ${offset}, which ${dtype} cannot`);
  }
}

/** The declared outputs of these names, each once; all of them where no names are given. @throws InferenceError `inference/unknown-output`. */
export function chooseOutputs(infos: readonly TensorInfo[], names: readonly string[] | undefined): readonly TensorInfo[] {
  if (names === undefined) return infos;
  return [...new Set(names)].map((name) => {
    const info = infos.find((output) => output.name === name);
    if (info !== undefined) return info;
    const known = infos.map((output) => output.name).join(', ');
    throw new InferenceError('inference/unknown-output', `The model has no output ${name}; it has: ${known}`);
  });
}
