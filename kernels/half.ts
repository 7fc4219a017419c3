// float32 to float16, rounded to nearest even, and back (Giesen, "Float->half variants", float_to_half_fast3_rtne).

/** Four float32 to float16 in the low half of each 32-bit lane. */
// @ts-ignore: decorator
@inline
export function toHalf(value: v128): v128 {
  const sign = v128.and(value, i32x4.splat(0x80000000));
  const size = v128.xor(value, sign);
  const odd = v128.and(i32x4.shr_u(size, 13), i32x4.splat(1));
  const normal = i32x4.shr_u(i32x4.add(i32x4.add(size, i32x4.splat(0xc8000fff)), odd), 13);
  const magic = i32x4.splat(126 << 23);
  const small = i32x4.sub(f32x4.add(size, magic), magic);
  const half = v128.bitselect(small, normal, i32x4.lt_s(size, i32x4.splat(113 << 23)));
  const nan = v128.and(i32x4.gt_s(size, i32x4.splat(0x7f800000)), i32x4.splat(0x7e00));
  const huge = v128.bitselect(nan, i32x4.splat(0x7c00), i32x4.gt_s(size, i32x4.splat(0x7f800000)));
  const bits = v128.bitselect(huge, half, i32x4.ge_s(size, i32x4.splat(143 << 23)));
  return v128.or(bits, i32x4.shr_u(sign, 16));
}

/** Eight float32 to eight float16. */
// @ts-ignore: decorator
@inline
export function toHalves(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(toHalf(a), toHalf(b), 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29);
}

/** Four float16, in the low half of each 32-bit lane, to float32. */
// @ts-ignore: decorator
@inline
export function fromHalf(value: v128): v128 {
  const size = v128.and(value, i32x4.splat(0x7fff));
  const sign = i32x4.shl(v128.and(value, i32x4.splat(0x8000)), 16);
  // The exponent moves up by 112; a multiplication does that for subnormal numbers too.
  const number = f32x4.mul(i32x4.shl(size, 13), i32x4.splat(239 << 23));
  const special = v128.and(i32x4.gt_s(size, i32x4.splat(0x7bff)), i32x4.splat(0x7f800000));
  return v128.or(v128.or(number, special), sign);
}
