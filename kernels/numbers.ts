// Numbers written as text to rows of float32: lines of `words` numbers each, of which `plan` says by an i32 each which column they
// go to, -1 for none. Stops at the first fault; the word at `out` receives where, in bytes from `source`, or where it has stopped
// otherwise. Gives how many rows are complete.
//
// Up to 15 digits are exact as for JavaScript's Number (Clinger 1990, "How to read floating point numbers accurately", the fast
// path); beyond that a float64 may be off in its last bit, which a float32 hardly ever shows.

export function readNumbers(source: usize, bytes: i32, words: i32, plan: usize, columns: i32, rows: i32, target: usize, out: usize): i32 {
  const end = source + <usize>bytes;
  const stride = <usize>columns * 4;
  let at = source;
  let row: i32 = 0;
  for (; row < rows; row++, target += stride) {
    while (at < end && isSpace(load<u8>(at))) at++;
    for (let w: i32 = 0; w < words; w++) {
      while (at < end && isBlank(load<u8>(at))) at++;
      const start = at;
      const next = readNumber(at, end);
      if (next == 0) {
        store<i32>(out, <i32>(start - source));
        return row;
      }
      at = next;
      const column = load<i32>(plan + (<usize>w << 2));
      if (column >= 0) store<f32>(target + (<usize>column << 2), <f32>found);
    }
    while (at < end && isBlank(load<u8>(at))) at++;
    if (at < end && load<u8>(at) != 10) {
      store<i32>(out, <i32>(at - source));
      return row;
    }
  }
  store<i32>(out, <i32>(at - source));
  return row;
}

/** What `readNumber` has read. */
let found: f64 = 0;

// @ts-ignore: decorator
@inline
function isBlank(c: u8): bool {
  return c == 32 || c == 9 || c == 13;
}

// @ts-ignore: decorator
@inline
function isSpace(c: u8): bool {
  return c == 10 || isBlank(c);
}

/** Where the number ends that begins here, or 0 where there is none. */
function readNumber(at: usize, end: usize): usize {
  if (at >= end) return 0;
  let c = load<u8>(at);
  const isNegative = c == 45;
  if (isNegative || c == 43) at++;
  let mantissa: u64 = 0;
  let exponent: i32 = 0;
  let digits: i32 = 0;
  let hasPoint = false;
  for (; at < end; at++) {
    c = load<u8>(at);
    if (c == 46 && !hasPoint) {
      hasPoint = true;
      continue;
    }
    const digit = <u32>c - 48;
    if (digit > 9) break;
    digits++;
    // What does not fit any more still counts for the power of ten.
    if (mantissa < 100000000000000000) {
      mantissa = mantissa * 10 + digit;
      if (hasPoint) exponent--;
    } else if (!hasPoint) exponent++;
  }
  if (digits == 0) return hasPoint ? 0 : readWord(at, end, isNegative);
  if (at < end && (load<u8>(at) | 32) == 101) {
    at++;
    const isSmall = at < end && load<u8>(at) == 45;
    if (isSmall || (at < end && load<u8>(at) == 43)) at++;
    const first = at;
    let power: i32 = 0;
    for (; at < end; at++) {
      const digit = <u32>load<u8>(at) - 48;
      if (digit > 9) break;
      if (power < 10000) power = power * 10 + digit;
    }
    if (at == first) return 0;
    exponent += isSmall ? -power : power;
  }
  if (at < end && !isSpace(load<u8>(at))) return 0;
  const size = scaled(<f64>mantissa, exponent);
  found = isNegative ? -size : size;
  return at;
}

function scaled(value: f64, exponent: i32): f64 {
  if (exponent == 0 || value == 0) return value;
  let left = exponent < 0 ? -exponent : exponent;
  for (; left > 22; left -= 22) {
    value = exponent < 0 ? value / 1e22 : value * 1e22;
    if (value == 0 || value == Infinity) return value;
  }
  let power: f64 = 1;
  if (left & 1) power *= 1e1;
  if (left & 2) power *= 1e2;
  if (left & 4) power *= 1e4;
  if (left & 8) power *= 1e8;
  if (left & 16) power *= 1e16;
  return exponent < 0 ? value / power : value * power;
}

/** `nan`, `inf` or `infinity`, in any case. */
function readWord(at: usize, end: usize, isNegative: bool): usize {
  const start = at;
  let word: u64 = 0;
  for (; at < end && !isSpace(load<u8>(at)); at++) {
    if (at - start >= 8) return 0;
    word = (word << 8) | <u64>(load<u8>(at) | 32);
  }
  if (word == 0x6e616e) found = NaN;
  else if (word == 0x696e66 || word == 0x696e66696e697479) found = isNegative ? -Infinity : Infinity;
  else return 0;
  return at;
}
