// Still pictures for tests of pictures, painted once and copied into every frame.

import type { Colour } from '../detection/detection-colours.ts';
import type { Canvas } from '../picture/canvas.ts';
import type { Size } from '../picture/picture-place.ts';

export const TEST_PATTERNS = ['shapes', 'smpte', 'checkerboard', 'gradient', 'noise', 'solid'] as const;

export type TestPattern = (typeof TEST_PATTERNS)[number];

/** Fills a frame; `shapes` gets its background, `noise` is made elsewhere. */
export function paintPattern(pattern: TestPattern, canvas: Canvas, offset: number, size: Size, colour: Colour): void {
  const fill = (x: number, y: number, right: number, bottom: number, with_: Colour): void => {
    const [left, top] = [Math.round(x), Math.round(y)];
    canvas.rectangle(offset, { x: left, y: top, width: Math.round(right) - left, height: Math.round(bottom) - top }, canvas.paint(with_));
  };
  const { width, height } = size;
  fill(0, 0, width, height, pattern === 'solid' ? colour : [0, 0, 0]);
  if (pattern === 'smpte') paintBars(fill, size);
  else if (pattern === 'checkerboard') paintSquares(fill, size);
  else if (pattern === 'gradient') paintGradient(fill, size, [0, 0, 0], [255, 255, 255], 'across');
  else if (pattern === 'shapes') paintGradient(fill, size, [58, 66, 78], [112, 116, 108], 'down');
}

type Fill = (left: number, top: number, right: number, bottom: number, colour: Colour) => void;

const GREY: Colour = [191, 191, 191];
const YELLOW: Colour = [191, 191, 0];
const CYAN: Colour = [0, 191, 191];
const GREEN: Colour = [0, 191, 0];
const MAGENTA: Colour = [191, 0, 191];
const RED: Colour = [191, 0, 0];
const BLUE: Colour = [0, 0, 191];
const BLACK: Colour = [0, 0, 0];
// −I and +Q, and the three steps below, at and above black, in RGB without values below 0.
const LOWEST_ROW: readonly (readonly [Colour, number])[] = [
  [[0, 33, 76], 5 / 28],
  [[255, 255, 255], 5 / 28],
  [[50, 0, 106], 5 / 28],
  [BLACK, 5 / 28],
  [BLACK, 1 / 21],
  [[10, 10, 10], 1 / 21],
  [[20, 20, 20], 1 / 21],
  [BLACK, 1 / 7],
];

/** Colour bars after SMPTE EG 1-1990, at 75 %. */
function paintBars(fill: Fill, { width, height }: Size): void {
  const sevenths = (colours: readonly Colour[], top: number, bottom: number): void => {
    for (const [i, one] of colours.entries()) fill((i * width) / 7, top, ((i + 1) * width) / 7, bottom, one);
  };
  const [low, lowest] = [(height * 2) / 3, (height * 3) / 4];
  sevenths([GREY, YELLOW, CYAN, GREEN, MAGENTA, RED, BLUE], 0, low);
  sevenths([BLUE, BLACK, MAGENTA, BLACK, CYAN, BLACK, GREY], low, lowest);
  let left = 0;
  for (const [colour, share] of LOWEST_ROW) {
    fill(left, lowest, left + share * width, height, colour);
    left += share * width;
  }
}

/** Pixels along the side of a square. */
const SQUARE = 32;

function paintSquares(fill: Fill, { width, height }: Size): void {
  for (let y = 0; y < height; y += SQUARE) {
    for (let x = (y / SQUARE) % 2 === 0 ? 0 : SQUARE; x < width; x += 2 * SQUARE) fill(x, y, x + SQUARE, y + SQUARE, [255, 255, 255]);
  }
}

/** In lines of two pixels, which chroma of 4:2:0 can follow. */
function paintGradient(fill: Fill, { width, height }: Size, from: Colour, to: Colour, way: 'across' | 'down'): void {
  const length = way === 'across' ? width : height;
  for (let at = 0; at < length; at += 2) {
    const share = length <= 2 ? 0 : Math.min(1, at / (length - 2));
    const colour = from.map((value, c) => Math.round(value + (to[c]! - value) * share)) as unknown as Colour;
    if (way === 'across') fill(at, 0, at + 2, height, colour);
    else fill(0, at, width, at + 2, colour);
  }
}
