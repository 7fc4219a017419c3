// Named sizes that a model leaves open and that somebody chose.
import { nearestName } from '../core/graph/nearest-name.ts';
import type { ModelSource, TensorInfo } from './backend.ts';
import { modelName } from './check-model.ts';
import { InferenceError } from './inference-error.ts';
import { readOnnx } from './read-onnx.ts';

/**
 * Makes sure that every name is one that the model has; the library would let a mistyped one pass in silence.
 *
 * @throws InferenceError `inference/unknown-dimension`.
 */
export async function checkFreeDimensions(model: ModelSource, sizes: Readonly<Record<string, number>> = {}): Promise<void> {
  if (Object.keys(sizes).length === 0) return;
  const symbols = await declaredSymbols(model);
  for (const name of symbols === undefined ? [] : Object.keys(sizes)) {
    if (symbols!.has(name)) continue;
    const nearest = nearestName(name, symbols!);
    const advice = nearest !== undefined ? `did you mean ${nearest}?` : `it has ${[...symbols!].join(', ') || 'none with a name'}`;
    throw new InferenceError('inference/unknown-dimension', `No input of the model ${modelName(model)} has a dimension ${name}; ${advice}`);
  }
}

/** The names of open sizes of a model's inputs; undefined where the file cannot be read as ONNX, of which the library then complains. */
async function declaredSymbols(model: ModelSource): Promise<ReadonlySet<string> | undefined> {
  const read = await readOnnx(model);
  if (read === undefined) return undefined;
  const dimensions = (read.graph?.input ?? []).flatMap(({ type }) => type?.tensorType?.shape?.dim ?? []);
  return new Set(dimensions.flatMap(({ dimParam }) => (dimParam === undefined || dimParam === '' ? [] : [dimParam])));
}

/** What the model declares, with the chosen sizes in it. */
export function withFreeDimensions(infos: readonly TensorInfo[], sizes: Readonly<Record<string, number>> = {}): TensorInfo[] {
  return infos.map((info) => ({ ...info, shape: info.shape.map((size) => (typeof size === 'string' ? (sizes[size] ?? size) : size)) }));
}

/** What to add to a complaint about a shape; empty where no sizes were chosen. */
export function freeDimensionsNote(sizes: Readonly<Record<string, number>> = {}): string {
  const chosen = Object.entries(sizes).map(([name, size]) => `${name} = ${size}`);
  return chosen.length === 0 ? '' : `; freeDimensions sets ${chosen.join(', ')}`;
}
