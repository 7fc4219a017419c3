// Affine maps between three channels, as rows of three factors and an offset; values run from 0 to 255 on both sides.

/** One output: three factors and an offset. */
export type ColourRow = readonly [number, number, number, number];
export type ColourMatrix = readonly [ColourRow, ColourRow, ColourRow];

export const IDENTITY_COLOUR: ColourMatrix = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
];

/** Luma of RGB by BT.601, full range: what grey means where nobody says otherwise. */
export const GREY_OF_RGB: ColourRow = [0.299, 0.587, 0.114, 0];

// Shares of red and blue in luma: BT.601-7 §2.5.1, BT.709-6 §3.2.
const SHARES = { bt601: [0.299, 0.114], bt709: [0.2126, 0.0722] } as const;

export interface YuvColour {
  readonly matrix: 'bt601' | 'bt709';
  readonly range: 'limited' | 'full';
}

/** Factor and offset that bring luma to 0..255. */
export function lumaToFull(range: YuvColour['range']): { factor: number; offset: number } {
  return range === 'full' ? { factor: 1, offset: 0 } : { factor: 255 / 219, offset: (-16 * 255) / 219 };
}

/** R, G and B from Y, U and V. */
export function rgbOfYuv({ matrix, range }: YuvColour): ColourMatrix {
  const [kr, kb] = SHARES[matrix];
  const kg = 1 - kr - kb;
  const { factor, offset } = lumaToFull(range);
  const chroma = range === 'full' ? 1 : 255 / 224;
  const row = (u: number, v: number): ColourRow => [factor, u * chroma, v * chroma, offset - 128 * (u + v) * chroma];
  return [row(0, 2 * (1 - kr)), row((-2 * kb * (1 - kb)) / kg, (-2 * kr * (1 - kr)) / kg), row(2 * (1 - kb), 0)];
}

/** Y, U and V from R, G and B. */
export function yuvOfRgb({ matrix, range }: YuvColour): ColourMatrix {
  const [kr, kb] = SHARES[matrix];
  const kg = 1 - kr - kb;
  const luma = range === 'full' ? 1 : 219 / 255;
  const chroma = range === 'full' ? 1 : 224 / 255;
  const u = chroma / (2 * (1 - kb));
  const v = chroma / (2 * (1 - kr));
  return [
    [kr * luma, kg * luma, kb * luma, range === 'full' ? 0 : 16],
    [-kr * u, -kg * u, (1 - kb) * u, 128],
    [(1 - kr) * v, -kg * v, -kb * v, 128],
  ];
}

/** First `inner`, then `outer`. */
export function composeColour(outer: ColourMatrix, inner: ColourMatrix): ColourMatrix {
  return outer.map((row) => {
    const sum = (column: number) => row[0] * inner[0][column]! + row[1] * inner[1][column]! + row[2] * inner[2][column]!;
    return [sum(0), sum(1), sum(2), sum(3) + row[3]];
  }) as unknown as ColourMatrix;
}
