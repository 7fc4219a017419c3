// One row of the target from a plane of one, two, three or four interleaved bytes: each channel is sampled and scaled by itself.
import { BASES0, GATHER0, MASKS0, MATRIX, WEIGHTS0, WIDTH } from '../src/memory/pass-field';
import { address, coefficient, word } from './pass';
import { between, clamp, gatherPairs, gatherTaps, gatherWide, windowTaps } from './sampling';

// @ts-ignore: decorator
@inline
function put(out: usize, value: v128, scale: v128, offset: v128, low: v128, high: v128): void {
  v128.store(out, clamp(f32x4.add(f32x4.mul(value, scale), offset), low, high));
}

export function sampleOne(pass: usize, top: usize, bottom: usize, fraction: f32, out: usize): void {
  const width = word(pass, WIDTH), last = max(width - 4, 0);
  let bases = address(pass, BASES0), masks = address(pass, MASKS0), weights = address(pass, WEIGHTS0);
  const down = f32x4.splat(fraction);
  const scale = coefficient(pass, MATRIX, 0, 0), offset = coefficient(pass, MATRIX, 0, 3);
  const low = coefficient(pass, MATRIX, 0, 4), high = coefficient(pass, MATRIX, 0, 5);
  const far = word(pass, GATHER0) != 0;
  for (let x = 0; x < width; x += 4) {
    const w = v128.load(weights);
    let value: v128;
    if (far) {
      value = between(gatherTaps(top, bases), gatherTaps(bottom, bases), w, down);
      bases += 16;
    } else {
      const base = <usize>load<u32>(bases);
      const mask = v128.load(masks);
      value = between(windowTaps(top + base, mask), windowTaps(bottom + base, mask), w, down);
      bases += 4;
      masks += 16;
    }
    weights += 16;
    put(out + (<usize>min(x, last) << 2), value, scale, offset, low, high);
  }
}

export function sampleTwo(pass: usize, top: usize, bottom: usize, fraction: f32, out0: usize, out1: usize): void {
  const width = word(pass, WIDTH), last = max(width - 4, 0);
  let bases = address(pass, BASES0), weights = address(pass, WEIGHTS0);
  const down = f32x4.splat(fraction);
  const scale0 = coefficient(pass, MATRIX, 0, 0), offset0 = coefficient(pass, MATRIX, 0, 3);
  const scale1 = coefficient(pass, MATRIX, 1, 0), offset1 = coefficient(pass, MATRIX, 1, 3);
  const low = coefficient(pass, MATRIX, 0, 4), high = coefficient(pass, MATRIX, 0, 5);
  const byte = i16x8.splat(0xff);
  for (let x = 0; x < width; x += 4) {
    const w = v128.load(weights);
    const a = gatherPairs(top, bases), b = gatherPairs(bottom, bases);
    const at = <usize>min(x, last) << 2;
    put(out0 + at, between(v128.and(a, byte), v128.and(b, byte), w, down), scale0, offset0, low, high);
    put(out1 + at, between(i16x8.shr_u(a, 8), i16x8.shr_u(b, 8), w, down), scale1, offset1, low, high);
    bases += 16;
    weights += 16;
  }
}

export function sampleThree(pass: usize, top: usize, bottom: usize, fraction: f32, out0: usize, out1: usize, out2: usize): void {
  const width = word(pass, WIDTH), last = max(width - 4, 0);
  let bases = address(pass, BASES0), weights = address(pass, WEIGHTS0);
  const down = f32x4.splat(fraction);
  const scale0 = coefficient(pass, MATRIX, 0, 0), offset0 = coefficient(pass, MATRIX, 0, 3);
  const scale1 = coefficient(pass, MATRIX, 1, 0), offset1 = coefficient(pass, MATRIX, 1, 3);
  const scale2 = coefficient(pass, MATRIX, 2, 0), offset2 = coefficient(pass, MATRIX, 2, 3);
  const low0 = coefficient(pass, MATRIX, 0, 4), high0 = coefficient(pass, MATRIX, 0, 5);
  const low1 = coefficient(pass, MATRIX, 1, 4), high1 = coefficient(pass, MATRIX, 1, 5);
  const low2 = coefficient(pass, MATRIX, 2, 4), high2 = coefficient(pass, MATRIX, 2, 5);
  for (let x = 0; x < width; x += 4) {
    const w = v128.load(weights);
    const a = gatherWide(top, bases), b = gatherWide(top, bases + 8);
    const c = gatherWide(bottom, bases), d = gatherWide(bottom, bases + 8);
    const topLow = v128.shuffle<u8>(a, b, 0, 3, 8, 11, 16, 19, 24, 27, 1, 4, 9, 12, 17, 20, 25, 28);
    const topHigh = v128.shuffle<u8>(a, b, 2, 5, 10, 13, 18, 21, 26, 29, 2, 5, 10, 13, 18, 21, 26, 29);
    const bottomLow = v128.shuffle<u8>(c, d, 0, 3, 8, 11, 16, 19, 24, 27, 1, 4, 9, 12, 17, 20, 25, 28);
    const bottomHigh = v128.shuffle<u8>(c, d, 2, 5, 10, 13, 18, 21, 26, 29, 2, 5, 10, 13, 18, 21, 26, 29);
    const at = <usize>min(x, last) << 2;
    put(out0 + at, between(i16x8.extend_low_i8x16_u(topLow), i16x8.extend_low_i8x16_u(bottomLow), w, down), scale0, offset0, low0, high0);
    put(out1 + at, between(i16x8.extend_high_i8x16_u(topLow), i16x8.extend_high_i8x16_u(bottomLow), w, down), scale1, offset1, low1, high1);
    put(out2 + at, between(i16x8.extend_low_i8x16_u(topHigh), i16x8.extend_low_i8x16_u(bottomHigh), w, down), scale2, offset2, low2, high2);
    bases += 16;
    weights += 16;
  }
}

export function sampleFour(
  pass: usize, top: usize, bottom: usize, fraction: f32, out0: usize, out1: usize, out2: usize, out3: usize,
): void {
  const width = word(pass, WIDTH), last = max(width - 4, 0);
  let bases = address(pass, BASES0), weights = address(pass, WEIGHTS0);
  const down = f32x4.splat(fraction);
  for (let x = 0; x < width; x += 4) {
    const w = v128.load(weights);
    const a = gatherWide(top, bases), b = gatherWide(top, bases + 8);
    const c = gatherWide(bottom, bases), d = gatherWide(bottom, bases + 8);
    const topLow = v128.shuffle<u8>(a, b, 0, 4, 8, 12, 16, 20, 24, 28, 1, 5, 9, 13, 17, 21, 25, 29);
    const topHigh = v128.shuffle<u8>(a, b, 2, 6, 10, 14, 18, 22, 26, 30, 3, 7, 11, 15, 19, 23, 27, 31);
    const bottomLow = v128.shuffle<u8>(c, d, 0, 4, 8, 12, 16, 20, 24, 28, 1, 5, 9, 13, 17, 21, 25, 29);
    const bottomHigh = v128.shuffle<u8>(c, d, 2, 6, 10, 14, 18, 22, 26, 30, 3, 7, 11, 15, 19, 23, 27, 31);
    const at = <usize>min(x, last) << 2;
    putBy(pass, 0, out0 + at, between(i16x8.extend_low_i8x16_u(topLow), i16x8.extend_low_i8x16_u(bottomLow), w, down));
    putBy(pass, 1, out1 + at, between(i16x8.extend_high_i8x16_u(topLow), i16x8.extend_high_i8x16_u(bottomLow), w, down));
    putBy(pass, 2, out2 + at, between(i16x8.extend_low_i8x16_u(topHigh), i16x8.extend_low_i8x16_u(bottomHigh), w, down));
    if (out3 != 0) putBy(pass, 3, out3 + at, between(i16x8.extend_high_i8x16_u(topHigh), i16x8.extend_high_i8x16_u(bottomHigh), w, down));
    bases += 16;
    weights += 16;
  }
}

// @ts-ignore: decorator
@inline
function putBy(pass: usize, output: i32, out: usize, value: v128): void {
  const scale = coefficient(pass, MATRIX, output, 0), offset = coefficient(pass, MATRIX, output, 3);
  put(out, value, scale, offset, coefficient(pass, MATRIX, output, 4), coefficient(pass, MATRIX, output, 5));
}
