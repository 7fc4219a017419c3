// Two taps of four pixels at a time, as eight 16-bit lanes a0 a1 b0 b1 c0 c1 d0 d1, and what is made of them.
//
// Where four pixels of the target lie within 16 bytes of the source, one load and one shuffle bring the taps; else each pixel
// has a load of its own. Weights have 14 bits, so that a row's values are exact integers up to 255 * 16384.

// @ts-ignore: decorator
@inline
export function windowTaps(row: usize, mask: v128): v128 {
  return v128.swizzle(v128.load(row), mask);
}

// @ts-ignore: decorator
@inline
export function gatherTaps(row: usize, offsets: usize): v128 {
  let taps = v128.load_lane<u16>(row + load<u32>(offsets), i16x8.splat(0), 0);
  taps = v128.load_lane<u16>(row + load<u32>(offsets, 4), taps, 1);
  taps = v128.load_lane<u16>(row + load<u32>(offsets, 8), taps, 2);
  taps = v128.load_lane<u16>(row + load<u32>(offsets, 12), taps, 3);
  return i16x8.extend_low_i8x16_u(taps);
}

/** Two taps of two interleaved channels for four pixels, as bytes a0 A0 a1 A1 b0 B0 … */
// @ts-ignore: decorator
@inline
export function gatherPairs(row: usize, offsets: usize): v128 {
  let taps = v128.load_lane<u32>(row + load<u32>(offsets), i16x8.splat(0), 0);
  taps = v128.load_lane<u32>(row + load<u32>(offsets, 4), taps, 1);
  taps = v128.load_lane<u32>(row + load<u32>(offsets, 8), taps, 2);
  return v128.load_lane<u32>(row + load<u32>(offsets, 12), taps, 3);
}

/** Eight bytes of each of two pixels. */
// @ts-ignore: decorator
@inline
export function gatherWide(row: usize, offsets: usize): v128 {
  return v128.load_lane<u64>(row + load<u32>(offsets, 4), v128.load_lane<u64>(row + load<u32>(offsets), i16x8.splat(0), 0), 1);
}

/** Four pixels of one row. */
// @ts-ignore: decorator
@inline
export function across(taps: v128, weights: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.dot_i16x8_s(taps, weights));
}

/** Four pixels between two rows. */
// @ts-ignore: decorator
@inline
export function between(top: v128, bottom: v128, weights: v128, fraction: v128): v128 {
  const upper = i32x4.dot_i16x8_s(top, weights);
  const step = i32x4.sub(i32x4.dot_i16x8_s(bottom, weights), upper);
  return f32x4.add(f32x4.convert_i32x4_s(upper), f32x4.mul(f32x4.convert_i32x4_s(step), fraction));
}

// @ts-ignore: decorator
@inline
export function clamp(value: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(f32x4.pmax(value, low), high);
}
