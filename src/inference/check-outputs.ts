import type { TensorRef } from './backend.ts';
import { formatShape } from './check-tensors.ts';
import { InferenceError } from './inference-error.ts';

/** What somebody declares of outputs. */
export interface DeclaredOutputs {
  /** Who: `the model`, `its manifest`. */
  readonly by: string;
  readonly shapes: ReadonlyMap<string, readonly (number | string)[]>;
}

/**
 * Compares the outputs of a run with what was declared of them. The library only warns of such a difference, and whoever
 * trusts the declaration reads something else than the model wrote.
 *
 * @throws InferenceError `inference/false-shape`.
 */
export function checkOutputs(outputs: Readonly<Record<string, TensorRef>>, declarations: readonly DeclaredOutputs[]): void {
  for (const { by, shapes } of declarations) {
    for (const [name, { shape }] of Object.entries(outputs)) {
      const declared = shapes.get(name);
      if (declared === undefined) continue;
      const fits = declared.length === shape.length && declared.every((size, axis) => typeof size === 'string' || size === shape[axis]);
      if (fits) continue;
      throw new InferenceError(
        'inference/false-shape',
        `The output ${name} has the shape ${formatShape(shape)}, but ${by} declares ${formatShape(declared)}; correct the declaration, or export the model again`,
      );
    }
  }
}
