// Compares what is said of a model with what the model says of itself.
import { nearestName } from '../core/graph/nearest-name.ts';
import type { InferenceSession, TensorInfo } from './backend.ts';
import { formatShape } from './check-tensors.ts';
import { InferenceError } from './inference-error.ts';
import type { Manifest, ManifestOutput } from './manifest.ts';

type Sizes = Readonly<Record<string, number>>;
type Signature = Pick<InferenceSession, 'inputs' | 'outputs'>;

/**
 * Makes sure that a manifest fits its model; every complaint is listed. A size that the model leaves open may be fixed by the
 * manifest, never the other way round.
 *
 * @throws InferenceError `inference/manifest-mismatch`.
 */
export function checkManifest(path: string, manifest: Manifest, session: Signature, freeDimensions: Sizes = {}): void {
  const complaints = [
    ...compare('inputs', manifest.inputs, session.inputs, freeDimensions),
    ...compare('outputs', manifest.outputs, session.outputs, freeDimensions),
  ];
  if (complaints.length > 0) {
    throw new InferenceError('inference/manifest-mismatch', `The manifest ${path} does not fit its model: ${complaints.join('; ')}`);
  }
}

/** For a model without a manifest: refuses shapes that nobody declares. @throws InferenceError `inference/undeclared-shape`. */
export function checkDeclared(path: string, { inputs, outputs }: Signature): void {
  const silent = [...inputs, ...outputs].filter(({ unranked }) => unranked === true).map(({ name }) => name);
  if (silent.length === 0) return;
  throw new InferenceError(
    'inference/undeclared-shape',
    `The model ${path} declares no shape of ${silent.join(', ')}; export it with shapes, or give them in a model.json`,
  );
}

function compare(place: string, declared: Readonly<Record<string, ManifestOutput>>, infos: readonly TensorInfo[], sizes: Sizes): string[] {
  const names = infos.map(({ name }) => name);
  const unknown = Object.keys(declared).filter((name) => !names.includes(name));
  return [
    ...unknown.map((name) => `/${place}/${name}: the model has no such ${place.slice(0, -1)}; ${suggestion(name, names)}`),
    ...infos.flatMap((info) => {
      const entry = Object.hasOwn(declared, info.name) ? declared[info.name] : undefined;
      return entry === undefined ? [`/${place}/${info.name}: missing`] : differences(`/${place}/${info.name}`, entry, info, sizes);
    }),
  ];
}

function differences(path: string, { dtype, shape }: ManifestOutput, info: TensorInfo, sizes: Sizes): string[] {
  const chosen = shape.map((size) => (typeof size === 'string' ? (sizes[size] ?? size) : size));
  const fits =
    info.unranked === true ||
    (chosen.length === info.shape.length && info.shape.every((size, axis) => typeof size === 'string' || size === chosen[axis]));
  return [
    ...(dtype === info.dtype ? [] : [`${path}/dtype: ${dtype}, but the model has ${info.dtype}`]),
    ...(fits ? [] : [`${path}/shape: ${formatShape(shape)}, but the model has ${formatShape(info.shape)}`]),
  ];
}

function suggestion(name: string, names: readonly string[]): string {
  const nearest = nearestName(name, names);
  return nearest === undefined ? `it has ${names.join(', ') || 'none'}` : `did you mean ${nearest}?`;
}
