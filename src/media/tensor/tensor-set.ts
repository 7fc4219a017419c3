import type { Dtype } from '../../memory/dtype.ts';
import type { Slab } from '../../memory/slab.ts';

/** Where one tensor lies in the arena. */
export interface TensorView {
  readonly dtype: Dtype;
  /** Without the batch axis, outermost first. */
  readonly shape: readonly number[];
  readonly slab: Slab;
  /** Bytes from the slab's start to the first element. */
  readonly offset: number;
}

/** Tensors by name; the buffer that carries the set holds a reference to each slab. */
export type TensorSet = Readonly<Record<string, TensorView>>;
