// Drawing on one plane of bytes: rectangles and coverage bitmaps, in a colour, with an alpha from 0 to 256.

// @ts-ignore: decorator
@inline
function mixBytes(old: v128, colour: v128, alpha: v128, rest: v128): v128 {
  const round = i16x8.splat(128);
  const low = i16x8.add(i16x8.mul(i16x8.extend_low_i8x16_u(old), rest), i16x8.mul(i16x8.extend_low_i8x16_u(colour), alpha));
  const high = i16x8.add(i16x8.mul(i16x8.extend_high_i8x16_u(old), rest), i16x8.mul(i16x8.extend_high_i8x16_u(colour), alpha));
  return i8x16.narrow_i16x8_u(i16x8.shr_u(i16x8.add(low, round), 8), i16x8.shr_u(i16x8.add(high, round), 8));
}

// @ts-ignore: decorator
@inline
function mixByte(target: usize, colour: i32, alpha: i32): void {
  const old = <i32>load<u8>(target);
  store<u8>(target, (old * (256 - alpha) + colour * alpha + 128) >> 8);
}

// @ts-ignore: decorator
@inline
function byteOf(colour: u32, channel: i32): i32 {
  return (colour >> (<u32>channel << 3)) & 255;
}

/** A rectangle of pixels of `channels` bytes (1 to 4), whose colour has the first channel in its lowest byte. */
export function blendRectangle(target: usize, stride: usize, width: i32, height: i32, channels: i32, colour: u32, alpha: i32): void {
  const c0 = i8x16.splat(<i8>byteOf(colour, 0)), c1 = i8x16.splat(<i8>byteOf(colour, 1)), c2 = i8x16.splat(<i8>byteOf(colour, 2));
  let a = c0, b = c0, c = c0;
  if (channels == 2) {
    a = v128.shuffle<u8>(c0, c1, 0, 16, 0, 16, 0, 16, 0, 16, 0, 16, 0, 16, 0, 16, 0, 16);
    b = a;
    c = a;
  } else if (channels == 3) {
    const first = v128.shuffle<u8>(c0, c1, 0, 16, 0, 0, 16, 0, 0, 16, 0, 0, 16, 0, 0, 16, 0, 0);
    a = v128.shuffle<u8>(first, c2, 0, 1, 16, 3, 4, 16, 6, 7, 16, 9, 10, 16, 12, 13, 16, 15);
    b = v128.shuffle<u8>(a, a, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1);
    c = v128.shuffle<u8>(a, a, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2);
  } else if (channels == 4) {
    a = i32x4.splat(colour);
    b = a;
    c = a;
  }
  // 255 * 256 does not fit the signed product, but its low 16 bits are right, and only those are used.
  const part = i16x8.splat(<i16>alpha), rest = i16x8.splat(<i16>(256 - alpha));
  const bytes = width * channels;
  for (let y = 0; y < height; y++, target += stride) {
    let x = 0;
    for (; x + 48 <= bytes; x += 48) {
      const at = target + <usize>x;
      v128.store(at, mixBytes(v128.load(at), a, part, rest));
      v128.store(at, mixBytes(v128.load(at, 16), b, part, rest), 16);
      v128.store(at, mixBytes(v128.load(at, 32), c, part, rest), 32);
    }
    for (let channel = 0; x < bytes; x++) {
      mixByte(target + <usize>x, byteOf(colour, channel), alpha);
      if (++channel == channels) channel = 0;
    }
  }
}

/** A colour through a bitmap of coverages from 0 to 255. */
export function blendCoverage(
  target: usize, stride: usize, coverage: usize, coverageStride: usize, width: i32, height: i32, channels: i32, colour: u32, alpha: i32,
): void {
  for (let y = 0; y < height; y++, target += stride, coverage += coverageStride) {
    for (let x = 0; x < width; x++) {
      const share = <i32>load<u8>(coverage + <usize>x);
      if (share == 0) continue;
      const part = (share * alpha + 127) / 255;
      for (let c = 0; c < channels; c++) mixByte(target + <usize>(x * channels + c), byteOf(colour, c), part);
    }
  }
}

/**
 * The same on chroma: each sample takes the mean coverage of the four pixels it stands for. The bitmap begins `dx`, `dy` (0 or 1)
 * pixels right of and below the first sample's pixels.
 */
export function blendChromaCoverage(
  target: usize, stride: usize, coverage: usize, coverageStride: usize, width: i32, height: i32, dx: i32, dy: i32,
  channels: i32, colour: u32, alpha: i32,
): void {
  const columns = (dx + width + 1) >> 1, rows = (dy + height + 1) >> 1;
  for (let row = 0; row < rows; row++, target += stride) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let j = 0; j < 2; j++) {
        const y = row * 2 + j - dy;
        if (y < 0 || y >= height) continue;
        for (let i = 0; i < 2; i++) {
          const x = column * 2 + i - dx;
          if (x >= 0 && x < width) sum += <i32>load<u8>(coverage + <usize>y * coverageStride + <usize>x);
        }
      }
      if (sum == 0) continue;
      const part = (sum * alpha + 510) / 1020;
      for (let c = 0; c < channels; c++) mixByte(target + <usize>(column * channels + c), byteOf(colour, c), part);
    }
  }
}
