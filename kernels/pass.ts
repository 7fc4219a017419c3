// Reading a pass: see src/memory/pass-field.ts.
import { MATRIX_WORDS } from '../src/memory/pass-field';

// @ts-ignore: decorator
@inline
export function word(pass: usize, index: i32): i32 {
  return load<i32>(pass + (<usize>index << 2));
}

// @ts-ignore: decorator
@inline
export function address(pass: usize, index: i32): usize {
  return <usize>load<u32>(pass + (<usize>index << 2));
}

/** One number of a matrix in all lanes. */
// @ts-ignore: decorator
@inline
export function coefficient(pass: usize, matrix: i32, output: i32, index: i32): v128 {
  return v128.load_splat<f32>(pass + (<usize>(matrix + output * MATRIX_WORDS + index) << 2));
}
