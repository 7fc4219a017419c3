// Rows of float32, one a channel, to the elements of the target. Values are within the target's range already.
import { CHANNEL_OFFSET, CHANNELS, PACK, PACK_F16, PACK_F32, PACK_INTERLEAVED, SCRATCH_STRIDE, WIDTH } from '../src/memory/pass-field';
import { toHalf, toHalves } from './half';
import { storeTriples32, storeTriples8 } from './interleave';
import { address, word } from './pass';

// Adding 1.5 * 2^23 leaves the nearest integer in the low bits.
// @ts-ignore: decorator
@inline
function toWords(row: usize): v128 {
  return v128.and(f32x4.add(v128.load(row), f32x4.splat(12582912)), i32x4.splat(0xff));
}

/** Sixteen float32 to bytes. */
// @ts-ignore: decorator
@inline
function toBytes(row: usize): v128 {
  const low = i16x8.narrow_i32x4_s(toWords(row), toWords(row + 16));
  const high = i16x8.narrow_i32x4_s(toWords(row + 32), toWords(row + 48));
  return i8x16.narrow_i16x8_u(low, high);
}

// @ts-ignore: decorator
@inline
function toByte(row: usize): u8 {
  return <u8>(reinterpret<u32>(load<f32>(row) + 12582912));
}

// @ts-ignore: decorator
@inline
function toHalfOne(row: usize): u16 {
  return i16x8.extract_lane_u(toHalf(v128.load_splat<f32>(row)), 0);
}

export function packF32(row: usize, target: usize, width: i32): void {
  memory.copy(target, row, <usize>width << 2);
}

export function packF16(row: usize, target: usize, width: i32): void {
  let x = 0;
  for (; x + 8 <= width; x += 8, row += 32, target += 16) v128.store(target, toHalves(v128.load(row), v128.load(row, 16)));
  for (; x < width; x++, row += 4, target += 2) store<u16>(target, toHalfOne(row));
}

export function packU8(row: usize, target: usize, width: i32): void {
  let x = 0;
  for (; x + 16 <= width; x += 16, row += 64, target += 16) v128.store(target, toBytes(row));
  for (; x < width; x++, row += 4, target++) store<u8>(target, toByte(row));
}

function interleaveU8(rows: usize, stride: usize, channels: i32, target: usize, width: i32): void {
  let x = 0;
  const second = rows + stride, third = second + stride, fourth = third + stride;
  for (; x + 16 <= width; x += 16) {
    const at = <usize>x << 2;
    const a = toBytes(rows + at), b = toBytes(second + at);
    if (channels == 2) {
      v128.store(target, v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
      v128.store(target, v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), 16);
      target += 32;
      continue;
    }
    const c = toBytes(third + at);
    if (channels == 3) {
      storeTriples8(target, a, b, c);
      target += 48;
      continue;
    }
    const d = toBytes(fourth + at);
    const abLow = v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const abHigh = v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    const cdLow = v128.shuffle<u8>(c, d, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const cdHigh = v128.shuffle<u8>(c, d, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    v128.store(target, v128.shuffle<u16>(abLow, cdLow, 0, 8, 1, 9, 2, 10, 3, 11));
    v128.store(target, v128.shuffle<u16>(abLow, cdLow, 4, 12, 5, 13, 6, 14, 7, 15), 16);
    v128.store(target, v128.shuffle<u16>(abHigh, cdHigh, 0, 8, 1, 9, 2, 10, 3, 11), 32);
    v128.store(target, v128.shuffle<u16>(abHigh, cdHigh, 4, 12, 5, 13, 6, 14, 7, 15), 48);
    target += 64;
  }
  for (; x < width; x++) for (let c = 0; c < channels; c++, target++) store<u8>(target, toByte(rows + stride * c + (<usize>x << 2)));
}

function interleaveF32(rows: usize, stride: usize, channels: i32, target: usize, width: i32): void {
  let x = 0;
  if (channels == 3) {
    const second = rows + stride, third = second + stride;
    for (; x + 4 <= width; x += 4, target += 48) {
      const at = <usize>x << 2;
      storeTriples32(target, v128.load(rows + at), v128.load(second + at), v128.load(third + at));
    }
  }
  for (; x < width; x++) for (let c = 0; c < channels; c++, target += 4) store<f32>(target, load<f32>(rows + stride * c + (<usize>x << 2)));
}

function interleaveF16(rows: usize, stride: usize, channels: i32, target: usize, width: i32): void {
  let x = 0;
  if (channels == 3) {
    const second = rows + stride, third = second + stride;
    for (; x + 4 <= width; x += 4, target += 24) {
      const at = <usize>x << 2;
      const ab = toHalves(v128.load(rows + at), v128.load(second + at)), c = toHalf(v128.load(third + at));
      v128.store(target, v128.shuffle<u16>(ab, c, 0, 4, 8, 1, 5, 10, 2, 6));
      v128.store_lane<u64>(target, v128.shuffle<u16>(ab, c, 12, 3, 7, 14, 12, 3, 7, 14), 0, 16);
    }
  }
  for (; x < width; x++) for (let c = 0; c < channels; c++, target += 2) store<u16>(target, toHalfOne(rows + stride * c + (<usize>x << 2)));
}

/** Writes one row of the target. */
export function packRow(pass: usize, rows: usize, target: usize): void {
  const width = word(pass, WIDTH), channels = word(pass, CHANNELS), kind = word(pass, PACK);
  const stride = address(pass, SCRATCH_STRIDE);
  if (kind > PACK_INTERLEAVED) {
    if (kind == PACK_INTERLEAVED + PACK_F32) interleaveF32(rows, stride, channels, target, width);
    else if (kind == PACK_INTERLEAVED + PACK_F16) interleaveF16(rows, stride, channels, target, width);
    else interleaveU8(rows, stride, channels, target, width);
    return;
  }
  for (let c = 0; c < channels; c++, rows += stride) {
    const plane = target + address(pass, CHANNEL_OFFSET + c);
    if (kind == PACK_F32) packF32(rows, plane, width);
    else if (kind == PACK_F16) packF16(rows, plane, width);
    else packU8(rows, plane, width);
  }
}
