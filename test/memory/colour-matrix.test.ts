import assert from 'node:assert/strict';
import { type ColourMatrix, composeColour, IDENTITY_COLOUR, lumaToFull, rgbOfYuv, yuvOfRgb } from '../../src/memory/colour-matrix.ts';

const apply = (matrix: ColourMatrix, [a, b, c]: readonly [number, number, number]) =>
  matrix.map(([x, y, z, offset]) => x * a + y * b + z * c + offset) as [number, number, number];

const WHITE = [255, 255, 255] as const;
const RED = [255, 0, 0] as const;
const GREEN = [0, 255, 0] as const;
const BLUE = [0, 0, 255] as const;

// Colour bars of 100 % as the standards give them, in 8 bits: BT.601-7 and BT.709-6, and JPEG (JFIF 1.02) for the full range.
const BARS = [
  ['bt601', 'limited', { white: [235, 128, 128], red: [81, 90, 240], green: [145, 54, 34], blue: [41, 240, 110] }],
  ['bt709', 'limited', { white: [235, 128, 128], red: [63, 102, 240], green: [173, 42, 26], blue: [32, 240, 118] }],
  ['bt601', 'full', { white: [255, 128, 128], red: [76, 85, 255], green: [150, 44, 21], blue: [29, 255, 107] }],
] as const;

describe('colour matrices', () => {
  for (const [matrix, range, bars] of BARS) {
    it(`give the colour bars of ${matrix} in the ${range} range`, () => {
      const to = yuvOfRgb({ matrix, range });
      for (const [colour, rgb] of [
        ['white', WHITE],
        ['red', RED],
        ['green', GREEN],
        ['blue', BLUE],
      ] as const) {
        // The full range reaches 255.5 for pure red and blue, which is where bytes end.
        const rounded = apply(to, rgb).map((value) => Math.min(255, Math.round(value)));
        assert.deepEqual(rounded, [...bars[colour]], colour);
      }
    });
  }

  for (const matrix of ['bt601', 'bt709'] as const) {
    for (const range of ['limited', 'full'] as const) {
      it(`undo one another for ${matrix} in the ${range} range`, () => {
        const both = composeColour(rgbOfYuv({ matrix, range }), yuvOfRgb({ matrix, range }));
        for (const [i, row] of both.entries()) {
          for (const [j, value] of row.entries()) assert.ok(Math.abs(value - IDENTITY_COLOUR[i]![j]!) < 1e-9, `${i}, ${j}: ${value}`);
        }
      });

      it(`make grey of grey for ${matrix} in the ${range} range`, () => {
        const [black, white] = range === 'full' ? [0, 255] : [16, 235];
        const from = rgbOfYuv({ matrix, range });
        for (const [luma, grey] of [
          [black, 0],
          [white, 255],
        ] as const) {
          for (const value of apply(from, [luma, 128, 128])) assert.ok(Math.abs(value - grey) < 1e-9);
          const { factor, offset } = lumaToFull(range);
          assert.ok(Math.abs(luma * factor + offset - grey) < 1e-9);
        }
      });
    }
  }

  it('apply the inner one first', () => {
    const double: ColourMatrix = [
      [2, 0, 0, 0],
      [0, 2, 0, 0],
      [0, 0, 2, 0],
    ];
    const add: ColourMatrix = [
      [1, 0, 0, 10],
      [0, 1, 0, 10],
      [0, 0, 1, 10],
    ];
    assert.deepEqual(apply(composeColour(double, add), [1, 2, 3]), [22, 24, 26]);
    assert.deepEqual(apply(composeColour(add, double), [1, 2, 3]), [12, 14, 16]);
  });
});
