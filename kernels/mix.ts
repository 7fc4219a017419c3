// Outputs as sums of up to three sampled rows: grey from RGB, RGB from grey, YUV from RGB.
import { MIX, MIX_MATRIX, SCRATCH, SCRATCH_STRIDE, WIDTH } from '../src/memory/pass-field';
import { address, coefficient, word } from './pass';
import { clamp } from './sampling';

export function mixRow(pass: usize, output: i32, out: usize): void {
  const width = word(pass, WIDTH), last = max(width - 4, 0);
  const stride = address(pass, SCRATCH_STRIDE);
  const first = address(pass, SCRATCH), second = first + stride, third = second + stride;
  const a = coefficient(pass, MIX_MATRIX, output, 0), b = coefficient(pass, MIX_MATRIX, output, 1), c = coefficient(pass, MIX_MATRIX, output, 2);
  const offset = coefficient(pass, MIX_MATRIX, output, 3);
  const low = coefficient(pass, MIX_MATRIX, output, 4), high = coefficient(pass, MIX_MATRIX, output, 5);
  for (let x = 0; x < width; x += 4) {
    const at = <usize>min(x, last) << 2;
    const sum = f32x4.add(f32x4.mul(v128.load(first + at), a), f32x4.mul(v128.load(second + at), b));
    v128.store(out + at, clamp(f32x4.add(f32x4.add(sum, f32x4.mul(v128.load(third + at), c)), offset), low, high));
  }
}
