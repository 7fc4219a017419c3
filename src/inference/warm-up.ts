import type { Arena } from '../memory/arena.ts';
import { isArenaDtype } from './arena-dtype.ts';
import type { InferenceSession, TensorRef } from './backend.ts';
import { checkOutputs, type DeclaredOutputs } from './check-outputs.ts';
import { bytesOfTensor } from './check-tensors.ts';

/** Shapes of inputs by name. */
export type InputShapes = ReadonlyMap<string, readonly number[]> | Readonly<Record<string, readonly number[]>>;

/**
 * Runs a model on zeros, and compares what it gives with what was declared; a size that is open and that nobody gives is 1.
 *
 * @throws InferenceError `inference/false-shape`, and what runs throw.
 */
export async function warmUp(
  session: InferenceSession,
  arena: Arena,
  shapes: InputShapes = {},
  runs = 1,
  declarations: readonly DeclaredOutputs[] = [],
): Promise<void> {
  const given = new Map(shapes instanceof Map ? shapes : Object.entries(shapes));
  const inputs = new Map<string, TensorRef>();
  try {
    for (const { name, dtype, shape: declared } of session.inputs) {
      if (!isArenaDtype(dtype)) return;
      const shape = given.get(name) ?? declared.map((size) => (typeof size === 'number' ? size : 1));
      const bytes = bytesOfTensor(dtype, shape);
      const slab = arena.allocate(bytes);
      arena.bytes(slab.offset, bytes).fill(0);
      inputs.set(name, { dtype, shape, slab });
    }
    for (let run = 0; run < runs; run++) {
      const outputs = await session.run(inputs);
      try {
        checkOutputs(outputs, declarations);
      } finally {
        for (const { slab } of Object.values(outputs)) slab.release();
      }
    }
  } finally {
    for (const { slab } of inputs.values()) slab.release();
  }
}
