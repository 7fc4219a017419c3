// Fills rows with a pattern of 48 bytes, which every pixel's size divides: 1, 2, 3, 4, 6, 8, 12 and 16 bytes.
import { BAR_COUNT, BAR_WORDS, BARS } from '../src/memory/pass-field';
import { address, word } from './pass';

export function fillPattern(target: usize, bytes: usize, pattern: usize): void {
  const a = v128.load(pattern), b = v128.load(pattern, 16), c = v128.load(pattern, 32);
  let rest = bytes;
  for (; rest >= 48; rest -= 48, target += 48) {
    v128.store(target, a);
    v128.store(target, b, 16);
    v128.store(target, c, 32);
  }
  for (; rest >= 16; rest -= 16, target += 16, pattern += 16) v128.store(target, v128.load(pattern));
  for (; rest > 0; rest--, target++, pattern++) store<u8>(target, load<u8>(pattern));
}

/** The bars around a letterboxed picture. */
export function fillBars(pass: usize, target: usize): void {
  let bar = address(pass, BARS);
  for (let left = word(pass, BAR_COUNT); left > 0; left--, bar += BAR_WORDS << 2) {
    const bytes = address(bar, 1), stride = address(bar, 3), pattern = address(bar, 4);
    let row = target + address(bar, 0);
    for (let rows = word(bar, 2); rows > 0; rows--, row += stride) fillPattern(row, bytes, pattern);
  }
}
