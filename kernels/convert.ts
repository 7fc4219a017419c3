// Whole tensors from one element type to another.
import { fromHalf, toHalf, toHalves } from './half';

/** `(x − mean) × scale` from bytes to float32. */
export function bytesToFloats(source: usize, target: usize, count: i32, mean: f32, scale: f32): void {
  const m = f32x4.splat(mean), s = f32x4.splat(scale);
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    const words = v128.load_ext<u8>(source + <usize>i);
    const a = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(words)), b = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(words));
    const to = target + (<usize>i << 2);
    v128.store(to, f32x4.mul(f32x4.sub(a, m), s));
    v128.store(to, f32x4.mul(f32x4.sub(b, m), s), 16);
  }
  for (; i < count; i++) store<f32>(target + (<usize>i << 2), (<f32>load<u8>(source + <usize>i) - mean) * scale);
}

/** `(x − mean) × scale` for float32, possibly in place. */
export function normaliseFloats(source: usize, target: usize, count: i32, mean: f32, scale: f32): void {
  const m = f32x4.splat(mean), s = f32x4.splat(scale);
  let i = 0;
  for (; i + 4 <= count; i += 4) v128.store(target + (<usize>i << 2), f32x4.mul(f32x4.sub(v128.load(source + (<usize>i << 2)), m), s));
  for (; i < count; i++) store<f32>(target + (<usize>i << 2), (load<f32>(source + (<usize>i << 2)) - mean) * scale);
}

/** `a + (b − a) × weight` for float32. */
export function blendFloats(a: usize, b: usize, target: usize, count: i32, weight: f32): void {
  const w = f32x4.splat(weight);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const at = <usize>i << 2;
    const from = v128.load(a + at);
    v128.store(target + at, f32x4.add(from, f32x4.mul(f32x4.sub(v128.load(b + at), from), w)));
  }
  for (; i < count; i++) {
    const at = <usize>i << 2;
    const from = load<f32>(a + at);
    store<f32>(target + at, from + (load<f32>(b + at) - from) * weight);
  }
}

/** The mean (0), the smallest (1) or the largest (2) of float32 values. */
export function measureFloats(what: i32, source: usize, count: i32): f64 {
  let result: f64 = what == 0 ? 0 : what == 1 ? Infinity : -Infinity;
  for (let i = 0; i < count; i++) {
    const value = <f64>load<f32>(source + (<usize>i << 2));
    if (what == 0) result += value;
    else result = what == 1 ? min(result, value) : max(result, value);
  }
  return what == 0 ? result / <f64>count : result;
}

export function floatsToHalves(source: usize, target: usize, count: i32): void {
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    const from = source + (<usize>i << 2);
    v128.store(target + (<usize>i << 1), toHalves(v128.load(from), v128.load(from, 16)));
  }
  for (; i < count; i++) {
    store<u16>(target + (<usize>i << 1), i16x8.extract_lane_u(toHalf(v128.load_splat<f32>(source + (<usize>i << 2))), 0));
  }
}

export function halvesToFloats(source: usize, target: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) v128.store(target + (<usize>i << 2), fromHalf(v128.load_ext<u16>(source + (<usize>i << 1))));
  for (; i < count; i++) {
    const half = i32x4.splat(<i32>load<u16>(source + (<usize>i << 1)));
    store<f32>(target + (<usize>i << 2), f32x4.extract_lane(fromHalf(half), 0));
  }
}
