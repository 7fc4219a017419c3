// Three planes to triples and back, a vector of each at a time.

// @ts-ignore: decorator
@inline
export function storeTriples8(target: usize, a: v128, b: v128, c: v128): void {
  const ab0 = v128.shuffle<u8>(a, b, 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5);
  const ab1 = v128.shuffle<u8>(a, b, 21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26);
  const ab2 = v128.shuffle<u8>(a, b, 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0);
  v128.store(target, v128.shuffle<u8>(ab0, c, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15));
  v128.store(target, v128.shuffle<u8>(ab1, c, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15), 16);
  v128.store(target, v128.shuffle<u8>(ab2, c, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31), 32);
}

// @ts-ignore: decorator
@inline
export function storeTriples16(target: usize, a: v128, b: v128, c: v128): void {
  const ab0 = v128.shuffle<u16>(a, b, 0, 8, 0, 1, 9, 0, 2, 10);
  const ab1 = v128.shuffle<u16>(a, b, 0, 3, 11, 0, 4, 12, 0, 5);
  const ab2 = v128.shuffle<u16>(a, b, 13, 0, 6, 14, 0, 7, 15, 0);
  v128.store(target, v128.shuffle<u16>(ab0, c, 0, 1, 8, 3, 4, 9, 6, 7));
  v128.store(target, v128.shuffle<u16>(ab1, c, 10, 1, 2, 11, 4, 5, 12, 7), 16);
  v128.store(target, v128.shuffle<u16>(ab2, c, 0, 13, 2, 3, 14, 5, 6, 15), 32);
}

// @ts-ignore: decorator
@inline
export function storeTriples32(target: usize, a: v128, b: v128, c: v128): void {
  const ab = v128.shuffle<u32>(a, b, 0, 4, 1, 5), bc = v128.shuffle<u32>(b, c, 1, 5, 2, 6), ca = v128.shuffle<u32>(c, a, 0, 5, 2, 7);
  v128.store(target, v128.shuffle<u32>(ab, ca, 0, 1, 4, 5));
  v128.store(target, v128.shuffle<u32>(bc, v128.shuffle<u32>(a, b, 2, 6, 2, 6), 0, 1, 4, 5), 16);
  v128.store(target, v128.shuffle<u32>(ca, v128.shuffle<u32>(b, c, 3, 7, 3, 7), 2, 3, 4, 5), 32);
}

// @ts-ignore: decorator
@inline
function loadTriples8(source: usize, a: usize, b: usize, c: usize): void {
  const x = v128.load(source), y = v128.load(source, 16), z = v128.load(source, 32);
  const first = v128.shuffle<u8>(x, y, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0);
  v128.store(a, v128.shuffle<u8>(first, z, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29));
  const second = v128.shuffle<u8>(x, y, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 0, 0, 0, 0, 0);
  v128.store(b, v128.shuffle<u8>(second, z, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21, 24, 27, 30));
  const third = v128.shuffle<u8>(x, y, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 0, 0, 0, 0, 0, 0);
  v128.store(c, v128.shuffle<u8>(third, z, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31));
}

// @ts-ignore: decorator
@inline
function loadTriples16(source: usize, a: usize, b: usize, c: usize): void {
  const x = v128.load(source), y = v128.load(source, 16), z = v128.load(source, 32);
  v128.store(a, v128.shuffle<u16>(v128.shuffle<u16>(x, y, 0, 3, 6, 9, 12, 15, 0, 0), z, 0, 1, 2, 3, 4, 5, 10, 13));
  v128.store(b, v128.shuffle<u16>(v128.shuffle<u16>(x, y, 1, 4, 7, 10, 13, 0, 0, 0), z, 0, 1, 2, 3, 4, 8, 11, 14));
  v128.store(c, v128.shuffle<u16>(v128.shuffle<u16>(x, y, 2, 5, 8, 11, 14, 0, 0, 0), z, 0, 1, 2, 3, 4, 9, 12, 15));
}

// @ts-ignore: decorator
@inline
export function loadTriples32(source: usize, a: usize, b: usize, c: usize): void {
  const x = v128.load(source), y = v128.load(source, 16), z = v128.load(source, 32);
  v128.store(a, v128.shuffle<u32>(v128.shuffle<u32>(x, y, 0, 3, 6, 6), z, 0, 1, 2, 5));
  v128.store(b, v128.shuffle<u32>(v128.shuffle<u32>(x, y, 1, 4, 7, 7), z, 0, 1, 2, 6));
  v128.store(c, v128.shuffle<u32>(v128.shuffle<u32>(x, y, 2, 5, 5, 5), z, 0, 1, 4, 7));
}

// @ts-ignore: decorator
@inline
function copyElement(size: i32, source: usize, target: usize): void {
  if (size == 1) store<u8>(target, load<u8>(source));
  else if (size == 2) store<u16>(target, load<u16>(source));
  else store<u32>(target, load<u32>(source));
}

/** Channel by channel to pixel by pixel; elements have `size` bytes: 1, 2 or 4. */
export function interleave(size: i32, source: usize, target: usize, channels: i32, pixels: i32): void {
  const plane = <usize>pixels * size;
  const lanes = 16 / size;
  let x = 0;
  if (channels == 3) {
    for (; x + lanes <= pixels; x += lanes) {
      const a = source + <usize>x * size, to = target + <usize>x * size * 3;
      const p = v128.load(a), q = v128.load(a + plane), r = v128.load(a + 2 * plane);
      if (size == 1) storeTriples8(to, p, q, r);
      else if (size == 2) storeTriples16(to, p, q, r);
      else storeTriples32(to, p, q, r);
    }
  }
  for (; x < pixels; x++) {
    for (let c = 0; c < channels; c++) {
      copyElement(size, source + <usize>c * plane + <usize>x * size, target + (<usize>x * channels + c) * size);
    }
  }
}

/** Pixel by pixel to channel by channel. */
export function separate(size: i32, source: usize, target: usize, channels: i32, pixels: i32): void {
  const plane = <usize>pixels * size;
  const lanes = 16 / size;
  let x = 0;
  if (channels == 3) {
    for (; x + lanes <= pixels; x += lanes) {
      const from = source + <usize>x * size * 3, a = target + <usize>x * size;
      if (size == 1) loadTriples8(from, a, a + plane, a + 2 * plane);
      else if (size == 2) loadTriples16(from, a, a + plane, a + 2 * plane);
      else loadTriples32(from, a, a + plane, a + 2 * plane);
    }
  }
  for (; x < pixels; x++) {
    for (let c = 0; c < channels; c++) {
      copyElement(size, source + (<usize>x * channels + c) * size, target + <usize>c * plane + <usize>x * size);
    }
  }
}
