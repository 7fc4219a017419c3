import assert from 'node:assert/strict';
import { formatDuration, parseDuration } from '../../../src/core/time/time.ts';

describe('a duration', () => {
  const shown: readonly [string, string][] = [
    ['0us', '0 µs'],
    ['850us', '850 µs'],
    ['1.25ms', '1.25 ms'],
    ['12.34ms', '12.3 ms'],
    ['4.56s', '4.56 s'],
    ['125s', '2 min 5 s'],
    ['192min', '3 h 12 min'],
    ['991h', '41 d 7 h'],
  ];
  for (const [text, short] of shown) {
    it(`of ${text} is read, and shown as ${short}`, () => assert.equal(formatDuration(parseDuration(text)), short));
  }

  for (const text of ['', '10', 's', '1,5s', '-1s', '1e3s', '10 s', 'NaNs', '3d']) {
    it(`is not read from "${text}"`, () => assert.throws(() => parseDuration(text), /expected a number and a unit, such as 10s/));
  }
});
