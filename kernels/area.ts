// Averages over areas: for each row of the target, rows of the source are summed by weight (SIMD along the row), channels are
// parted, and then each target pixel is a weighted sum of neighbours. Accumulates in float32.
import {
  ACC, BASES0, CHROMA_ROWS, COLUMN0, COLUMNS0, MATRIX, ROW_TAPS0, ROWS, SPLIT, SPLIT_STRIDE, TAPS0, WEIGHTS0, WIDTH,
} from '../src/memory/pass-field';
import { loadTriples32 } from './interleave';
import { address, coefficient, word } from './pass';
import { clamp } from './sampling';

function accumulate(row: usize, stride: usize, count: i32, weights: usize, bytes: i32, out: usize): void {
  for (let x = 0; x < bytes; x += 16, row += 16, out += 64) {
    let a = f32x4.splat(0), b = f32x4.splat(0), c = f32x4.splat(0), d = f32x4.splat(0);
    let from = row;
    for (let k = 0; k < count; k++, from += stride) {
      const weight = v128.load_splat<f32>(weights + (<usize>k << 2));
      const pixels = v128.load(from);
      const low = i16x8.extend_low_i8x16_u(pixels), high = i16x8.extend_high_i8x16_u(pixels);
      a = f32x4.add(a, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(low)), weight));
      b = f32x4.add(b, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(low)), weight));
      c = f32x4.add(c, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(high)), weight));
      d = f32x4.add(d, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(high)), weight));
    }
    v128.store(out, a);
    v128.store(out, b, 16);
    v128.store(out, c, 32);
    v128.store(out, d, 48);
  }
}

/** Parts interleaved float32 into rows of one channel each. */
function split(row: usize, channels: i32, columns: i32, out: usize, stride: usize): void {
  const second = out + stride, third = second + stride, fourth = third + stride;
  for (let x = 0; x < columns; x += 4, row += <usize>channels << 4) {
    const at = <usize>x << 2;
    const a = v128.load(row), b = v128.load(row, 16);
    if (channels == 2) {
      v128.store(out + at, v128.shuffle<u32>(a, b, 0, 2, 4, 6));
      v128.store(second + at, v128.shuffle<u32>(a, b, 1, 3, 5, 7));
      continue;
    }
    if (channels == 3) {
      loadTriples32(row, out + at, second + at, third + at);
      continue;
    }
    const c = v128.load(row, 32), d = v128.load(row, 48);
    const ab = v128.shuffle<u32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
    const efgh = v128.shuffle<u32>(a, b, 2, 6, 3, 7), ijkl = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
    v128.store(out + at, v128.shuffle<u32>(ab, cd, 0, 1, 4, 5));
    v128.store(second + at, v128.shuffle<u32>(ab, cd, 2, 3, 6, 7));
    v128.store(third + at, v128.shuffle<u32>(efgh, ijkl, 0, 1, 4, 5));
    v128.store(fourth + at, v128.shuffle<u32>(efgh, ijkl, 2, 3, 6, 7));
  }
}

// @ts-ignore: decorator
@inline
function weigh(row: usize, first: usize, weights: usize, taps: i32): v128 {
  let from = row + (<usize>load<u32>(first) << 2);
  let sum = f32x4.mul(v128.load(from), v128.load(weights));
  for (let k = 4; k < taps; k += 4) {
    from += 16;
    weights += 16;
    sum = f32x4.add(sum, f32x4.mul(v128.load(from), v128.load(weights)));
  }
  return sum;
}

function across(pass: usize, table: i32, output: i32, row: usize, out: usize): void {
  const width = word(pass, WIDTH), last = max(width - 4, 0), taps = word(pass, TAPS0 + table);
  const firsts = address(pass, BASES0 + 3 * table), weights = address(pass, WEIGHTS0 + 3 * table);
  const bytes = <usize>taps << 2;
  const scale = coefficient(pass, MATRIX, output, 0), offset = coefficient(pass, MATRIX, output, 3);
  const low = coefficient(pass, MATRIX, output, 4), high = coefficient(pass, MATRIX, output, 5);
  for (let i = 0; i < width; i += 4) {
    const x = <usize>min(i, last);
    const first = firsts + (x << 2), weight = weights + x * bytes;
    const a = weigh(row, first, weight, taps), b = weigh(row, first + 4, weight + bytes, taps);
    const c = weigh(row, first + 8, weight + 2 * bytes, taps), d = weigh(row, first + 12, weight + 3 * bytes, taps);
    const ab = f32x4.add(v128.shuffle<u32>(a, b, 0, 4, 1, 5), v128.shuffle<u32>(a, b, 2, 6, 3, 7));
    const cd = f32x4.add(v128.shuffle<u32>(c, d, 0, 4, 1, 5), v128.shuffle<u32>(c, d, 2, 6, 3, 7));
    const sums = f32x4.add(v128.shuffle<u32>(ab, cd, 0, 1, 4, 5), v128.shuffle<u32>(ab, cd, 2, 3, 6, 7));
    v128.store(out + (x << 2), clamp(f32x4.add(f32x4.mul(sums, scale), offset), low, high));
  }
}

/** Row `y` of the target from a plane of `channels` interleaved bytes, to the given rows (0: not wanted). */
export function sampleArea(
  pass: usize, plane: usize, table: i32, channels: i32, y: i32, output: i32, out0: usize, out1: usize, out2: usize, out3: usize,
): void {
  const taps = word(pass, ROW_TAPS0 + table);
  // Offset of the first source row, stride, number of rows, a spare word, then the weights.
  const entry = address(pass, table == 0 ? ROWS : CHROMA_ROWS) + <usize>y * (<usize>(taps + 4) << 2);
  const acc = address(pass, ACC), columns = word(pass, COLUMNS0 + table);
  const row = plane + address(entry, 0) + address(pass, COLUMN0 + table);
  accumulate(row, address(entry, 1), word(entry, 2), entry + 16, columns * channels, acc);
  if (channels == 1) {
    across(pass, table, output, acc, out0);
    return;
  }
  const parts = address(pass, SPLIT), stride = address(pass, SPLIT_STRIDE);
  split(acc, channels, columns, parts, stride);
  across(pass, table, output, parts, out0);
  across(pass, table, output + 1, parts + stride, out1);
  if (channels > 2) across(pass, table, output + 2, parts + 2 * stride, out2);
  if (out3 != 0) across(pass, table, output + 3, parts + 3 * stride, out3);
}
