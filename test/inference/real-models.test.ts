// Models that people use, which are not ours to commit: against what ONNX Runtime in Python gives for inputs made alike.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { InferenceBackend, TensorInfo, TensorRef } from '../../src/inference/backend.ts';
import { onnxRuntimeBackend } from '../../src/inference/onnx-runtime/onnx-runtime-backend.ts';
import { onnxruntimeNodeBackend } from '../../src/inference/onnxruntime-node/onnxruntime-node-backend.ts';
import { Arena } from '../../src/memory/arena.ts';
import type { Dtype } from '../../src/memory/dtype.ts';
import { readModel } from '../../src/onnx/read-model.ts';
import { writeModel } from '../../src/onnx/write-model.ts';
import { place, release, valuesOf } from './tensors.ts';

type InputNote =
  | { readonly value: number }
  | { readonly shape: readonly number[]; readonly dtype: Dtype; readonly low: number; readonly high: number };

interface Digest {
  readonly shape: readonly number[];
  readonly sum: number;
  readonly absolute: number;
  readonly picks: readonly (readonly [index: number, value: number])[];
}

const folder = new URL('../../../shared/data/models/', import.meta.url);
const truth = JSON.parse(readFileSync(new URL('../references/inference/real-models.truth.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, { readonly inputs: Readonly<Record<string, InputNote>>; readonly outputs: Readonly<Record<string, Digest>> }>
>;

/** As in make.py: a ramp with steps that share no factor with sizes of pictures. */
function ramp(arena: Arena, { dtype }: TensorInfo, note: InputNote): TensorRef {
  if ('value' in note) return place(arena, { dtype: dtype as Dtype, shape: [], data: [note.value] });
  const { shape, low, high } = note;
  const count = shape.reduce((product, size) => product * size, 1);
  const data = Array.from({ length: count }, (_, index) => low + ((index * 7919) % 1009) * ((high - low) / 1008));
  return place(arena, { dtype: note.dtype, shape, data });
}

function assertDigest(name: string, values: readonly number[], shape: readonly number[], wanted: Digest): void {
  assert.deepEqual(shape, wanted.shape, name);
  // Kernels differ with the processor: the reference was made on another run, perhaps on another machine.
  for (const [index, value] of wanted.picks) {
    assert.ok(
      Math.abs(values[index]! - value) <= 1e-3 + 2e-3 * Math.abs(value),
      `${name}[${index}] is ${values[index]}, expected ${value}`,
    );
  }
  const absolute = values.reduce((sum, value) => sum + Math.abs(value), 0);
  assert.ok(Math.abs(absolute - wanted.absolute) <= 1e-4 * wanted.absolute, `${name} adds up to ${absolute}, expected ${wanted.absolute}`);
}

describe('real models', () => {
  for (const [file, { inputs, outputs }] of Object.entries(truth)) {
    const path = fileURLToPath(new URL(file, folder));
    const run = async (backend: InferenceBackend, source: { path: string } | { bytes: Uint8Array }): Promise<void> => {
      const arena = Arena.create();
      const session = await backend.open(source, {}, arena);
      const placed = Object.fromEntries(session.inputs.map((info) => [info.name, ramp(arena, info, inputs[info.name]!)]));
      for (let time = 0; time < 2; time++) {
        const found = await session.run(placed);
        for (const [name, digest] of Object.entries(outputs)) assertDigest(name, valuesOf(arena, found[name]!), found[name]!.shape, digest);
        release(found);
      }
      release(placed);
      await session.close();
      assert.equal(arena.statistics.slabsInUse, 0);
    };

    for (const backend of [onnxRuntimeBackend, onnxruntimeNodeBackend]) {
      it(`gives what ONNX Runtime in Python gives for ${file} on ${backend.name}`, function () {
        if (!existsSync(path)) this.skip();
        return run(backend, { path });
      });
    }

    it(`writes ${file} again so that it gives the same`, function () {
      if (!existsSync(path)) this.skip();
      return run(onnxRuntimeBackend, { bytes: writeModel(readModel(readFileSync(path))) });
    });
  }
});
