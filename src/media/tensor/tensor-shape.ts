// Tensors in pieces along one axis: how many runs of bytes lie one after the other, and how long each is.
import { bytesOfDtype, type Dtype } from '../../memory/dtype.ts';

/** A tensor seen along an axis: `outer` runs of `size` slices, each of `sliceBytes`. */
export interface AxisView {
  readonly outer: number;
  readonly size: number;
  readonly sliceBytes: number;
}

export function alongAxis(shape: readonly number[], axis: number, dtype: Dtype): AxisView {
  const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1);
  return {
    outer: product(shape.slice(0, axis)),
    size: shape[axis]!,
    sliceBytes: product(shape.slice(axis + 1)) * bytesOfDtype(dtype),
  };
}

/** Whether a shape says how large everything is: items may differ in one of the sizes, which is then a name. */
export function hasSizes(shape: readonly (number | string)[]): shape is readonly number[] {
  return shape.every((size) => typeof size === 'number');
}

/** The same shape with another size along one axis. */
export function withSize(shape: readonly number[], axis: number, size: number): number[] {
  return shape.map((own, index) => (index === axis ? size : own));
}

/** Bytes of a whole tensor. */
export function bytesOfShape(shape: readonly number[], dtype: Dtype): number {
  return shape.reduce((all, size) => all * size, 1) * bytesOfDtype(dtype);
}
