// Tensors of tests: plain values into the arena and back.
import assert from 'node:assert/strict';
import type { TensorRef } from '../../src/inference/backend.ts';
import type { Arena } from '../../src/memory/arena.ts';
import { bytesOfDtype, type Dtype } from '../../src/memory/dtype.ts';

export interface PlainTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Row by row; what JSON cannot say as text, float16 as its bits. */
  readonly data: readonly (number | string)[];
}

const isWide = (dtype: Dtype): boolean => dtype === 'int64' || dtype === 'uint64';

/** A tensor in a slab of its own. */
export function place(arena: Arena, { dtype, shape, data }: PlainTensor): TensorRef {
  const slab = arena.allocate(data.length * bytesOfDtype(dtype));
  const values = data.map(Number);
  if (isWide(dtype)) arena.view('int64', slab.offset, data.length).set(values.map(BigInt));
  else (arena.view(dtype, slab.offset, data.length) as Float32Array).set(values);
  return { dtype, shape, slab };
}

export function placeAll(arena: Arena, tensors: Readonly<Record<string, PlainTensor>>): Record<string, TensorRef> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, place(arena, tensor)]));
}

export function floats(arena: Arena, shape: readonly number[], fill: number | readonly number[] = 0): TensorRef {
  const count = shape.reduce((product, size) => product * size, 1);
  return place(arena, {
    dtype: 'float32',
    shape,
    data: Array.from({ length: count }, (_, i) => (typeof fill === 'number' ? fill : fill[i]!)),
  });
}

/** A tensor's values as numbers. */
export function valuesOf(arena: Arena, { dtype, shape, slab, offset = 0 }: TensorRef): number[] {
  const count = shape.reduce((product, size) => product * size, 1);
  return Array.from(arena.view(dtype, slab.offset + offset, count) as ArrayLike<number | bigint>, Number);
}

export function release(tensors: Readonly<Record<string, TensorRef>>): void {
  for (const { slab } of Object.values(tensors)) slab.release();
}

/** Floats may differ in their last bits, as two libraries add in different orders; all else is equal. */
export function assertTensors(
  arena: Arena,
  found: Readonly<Record<string, TensorRef>>,
  wanted: Readonly<Record<string, PlainTensor>>,
): void {
  assert.deepEqual(Object.keys(found).sort(), Object.keys(wanted).sort());
  for (const [name, { dtype, shape, data }] of Object.entries(wanted)) {
    const tensor = found[name]!;
    assert.deepEqual({ dtype: tensor.dtype, shape: tensor.shape }, { dtype, shape }, name);
    const values = valuesOf(arena, tensor);
    for (const [index, value] of data.map(Number).entries()) {
      const near = dtype.startsWith('float') && Math.abs(values[index]! - value) <= 1e-6 + 1e-5 * Math.abs(value);
      assert.ok(near || Object.is(values[index]! + 0, value + 0), `${name}[${index}] is ${values[index]}, expected ${value}`);
    }
  }
}
