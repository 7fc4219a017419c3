// What a model wants and gives, as data: for tools that list models.
import type { Arena } from '../memory/arena.ts';
import type { ThreadBudget } from '../threads/thread-budget.ts';
import type { Manifest } from './manifest.ts';
import { openModel } from './open-model.ts';

export interface TensorDescription {
  readonly name: string;
  readonly dtype: string;
  /** Outermost axis first; a name stands for a size that is open. */
  readonly shape: readonly (number | string)[];
  readonly role: string;
  readonly axes: readonly string[];
  readonly preprocess?: Manifest['inputs'][string]['preprocess'];
}

export interface ModelDescription
  extends Pick<Manifest, 'name' | 'version' | 'description' | 'licence' | 'origin' | 'decoder' | 'labels' | 'metrics'> {
  /** The ONNX file. */
  readonly file: string;
  readonly inputs: readonly TensorDescription[];
  readonly outputs: readonly TensorDescription[];
  /** The notes in the file itself. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Opens the model at a path, has it run once where its sizes are settled, and says what it wants and gives. @throws InferenceError. */
export async function describeModel(path: string, arena: Arena, budget: ThreadBudget): Promise<ModelDescription> {
  const opened = await openModel(path, { arena, budget, backend: 'auto' });
  try {
    const { manifest, session } = opened;
    const { name, version, description, licence, origin, decoder, labels, metrics } = manifest;
    const [, ...others] = session.inputs;
    const isSettled = others.length === 0 && session.inputs.every(({ shape }) => shape.slice(1).every((size) => typeof size === 'number'));
    if (isSettled) await opened.warmUp();
    return {
      name,
      version,
      description,
      licence,
      origin,
      decoder,
      labels,
      metrics,
      file: opened.path,
      inputs: listed(manifest.inputs),
      outputs: listed(manifest.outputs),
      metadata: session.metadata,
    };
  } finally {
    await opened.close();
  }
}

function listed(tensors: Manifest['inputs']): TensorDescription[] {
  return Object.entries(tensors).map(([name, { dtype, shape, role, axes, preprocess }]) => ({
    name,
    dtype,
    shape,
    role,
    axes,
    ...(preprocess === undefined ? {} : { preprocess }),
  }));
}
