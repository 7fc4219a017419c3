// One row of the target from planar (I420) or half-planar (NV12) 4:2:0: luma and chroma are sampled where they are and turned
// to three outputs at the target's resolution. No picture of the source's size is ever made.
import { BASES0, BASES1, GATHER0, GATHER1, MASKS0, MASKS1, MATRIX, WEIGHTS0, WEIGHTS1, WIDTH } from '../src/memory/pass-field';
import { address, coefficient, word } from './pass';
import { across, between, clamp, gatherPairs, gatherTaps, windowTaps } from './sampling';

// @ts-ignore: decorator
@inline
function row(
  pass: usize, single: bool, semi: bool, gather0: bool, gather1: bool,
  y0: usize, y1: usize, fy: f32, u0: usize, u1: usize, v0: usize, v1: usize, fc: f32,
  out0: usize, out1: usize, out2: usize,
): void {
  const width = word(pass, WIDTH);
  const last = max(width - 4, 0);
  let bases0 = address(pass, BASES0), masks0 = address(pass, MASKS0), weights0 = address(pass, WEIGHTS0);
  let bases1 = address(pass, BASES1), masks1 = address(pass, MASKS1), weights1 = address(pass, WEIGHTS1);
  const down = f32x4.splat(fy), downChroma = f32x4.splat(fc);
  const ry = coefficient(pass, MATRIX, 0, 0), rv = coefficient(pass, MATRIX, 0, 2), r0 = coefficient(pass, MATRIX, 0, 3);
  const gy = coefficient(pass, MATRIX, 1, 0), gu = coefficient(pass, MATRIX, 1, 1), gv = coefficient(pass, MATRIX, 1, 2), g0 = coefficient(pass, MATRIX, 1, 3);
  const by = coefficient(pass, MATRIX, 2, 0), bu = coefficient(pass, MATRIX, 2, 1), b0 = coefficient(pass, MATRIX, 2, 3);
  const rLow = coefficient(pass, MATRIX, 0, 4), rHigh = coefficient(pass, MATRIX, 0, 5);
  const gLow = coefficient(pass, MATRIX, 1, 4), gHigh = coefficient(pass, MATRIX, 1, 5);
  const bLow = coefficient(pass, MATRIX, 2, 4), bHigh = coefficient(pass, MATRIX, 2, 5);
  for (let x = 0; x < width; x += 4) {
    let y: v128, u: v128, v: v128;
    const w0 = v128.load(weights0);
    if (gather0) {
      const top = gatherTaps(y0, bases0);
      y = single ? across(top, w0) : between(top, gatherTaps(y1, bases0), w0, down);
      bases0 += 16;
    } else {
      const base = <usize>load<u32>(bases0);
      const mask = v128.load(masks0);
      const top = windowTaps(y0 + base, mask);
      y = single ? across(top, w0) : between(top, windowTaps(y1 + base, mask), w0, down);
      bases0 += 4;
      masks0 += 16;
    }
    weights0 += 16;
    const w1 = v128.load(weights1);
    if (gather1) {
      if (semi) {
        const top = gatherPairs(u0, bases1), bottom = gatherPairs(u1, bases1);
        const low = i16x8.splat(0xff);
        u = between(v128.and(top, low), v128.and(bottom, low), w1, downChroma);
        v = between(i16x8.shr_u(top, 8), i16x8.shr_u(bottom, 8), w1, downChroma);
      } else {
        u = between(gatherTaps(u0, bases1), gatherTaps(u1, bases1), w1, downChroma);
        v = between(gatherTaps(v0, bases1), gatherTaps(v1, bases1), w1, downChroma);
      }
      bases1 += 16;
    } else {
      const base = <usize>load<u32>(bases1);
      const mask = v128.load(masks1);
      if (semi) {
        const top = v128.load(u0 + base), bottom = v128.load(u1 + base);
        const next = i8x16.add(mask, i8x16.splat(1));
        u = between(v128.swizzle(top, mask), v128.swizzle(bottom, mask), w1, downChroma);
        v = between(v128.swizzle(top, next), v128.swizzle(bottom, next), w1, downChroma);
      } else {
        u = between(windowTaps(u0 + base, mask), windowTaps(u1 + base, mask), w1, downChroma);
        v = between(windowTaps(v0 + base, mask), windowTaps(v1 + base, mask), w1, downChroma);
      }
      bases1 += 4;
      masks1 += 16;
    }
    weights1 += 16;
    const at = <usize>min(x, last) << 2;
    const r = f32x4.add(f32x4.add(f32x4.mul(y, ry), r0), f32x4.mul(v, rv));
    const g = f32x4.add(f32x4.add(f32x4.mul(y, gy), g0), f32x4.add(f32x4.mul(u, gu), f32x4.mul(v, gv)));
    const b = f32x4.add(f32x4.add(f32x4.mul(y, by), b0), f32x4.mul(u, bu));
    v128.store(out0 + at, clamp(r, rLow, rHigh));
    v128.store(out1 + at, clamp(g, gLow, gHigh));
    v128.store(out2 + at, clamp(b, bLow, bHigh));
  }
}

export function sampleYuv(
  pass: usize, semi: bool, y0: usize, y1: usize, fy: f32, u0: usize, u1: usize, v0: usize, v1: usize, fc: f32,
  out0: usize, out1: usize, out2: usize,
): void {
  const far0 = word(pass, GATHER0) != 0, far1 = word(pass, GATHER1) != 0;
  const single = fy == 0;
  if (semi) {
    if (far1) {
      if (far0) row(pass, false, true, true, true, y0, y1, fy, u0, u1, v0, v1, fc, out0, out1, out2);
      else if (single) row(pass, true, true, false, true, y0, y1, fy, u0, u1, v0, v1, fc, out0, out1, out2);
      else row(pass, false, true, false, true, y0, y1, fy, u0, u1, v0, v1, fc, out0, out1, out2);
    } else {
      if (far0) row(pass, false, true, true, false, y0, y1, fy, u0, u1, v0, v1, fc, out0, out1, out2);
      else if (single) row(pass, true, true, false, false, y0, y1, fy, u0, u1, v0, v1, fc, out0, out1, out2);
      else row(pass, false, true, false, false, y0, y1, fy, u0, u1, v0, v1, fc, out0, out1, out2);
    }
  } else if (far0) {
    // Chroma of I420 has half as many bytes to a stretch as luma: it is never far where luma is not.
    if (far1) row(pass, false, false, true, true, y0, y1, fy, u0, u1, v0, v1, fc, out0, out1, out2);
    else row(pass, false, false, true, false, y0, y1, fy, u0, u1, v0, v1, fc, out0, out1, out2);
  } else if (single) {
    row(pass, true, false, false, false, y0, y1, fy, u0, u1, v0, v1, fc, out0, out1, out2);
  } else {
    row(pass, false, false, false, false, y0, y1, fy, u0, u1, v0, v1, fc, out0, out1, out2);
  }
}
