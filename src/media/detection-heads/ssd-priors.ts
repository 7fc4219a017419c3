// The boxes that an SSD moves and scales: given one by one, or by the rule of the paper (Liu et al., "SSD: Single Shot MultiBox
// Detector", 2016; the order within a cell is that of weiliu89/caffe, PriorBoxLayer).
import { z } from 'zod';
import type { Size } from '../picture/picture-place.ts';

const positive = z.number().positive();

const rule = z.strictObject({
  steps: z.array(positive).min(1).meta({ description: 'Pixels from cell to cell, of each level.' }),
  minSizes: z.array(z.array(positive).min(1)).min(1).meta({ description: 'Sides of the square boxes in pixels, of each level.' }),
  maxSizes: z
    .array(z.array(positive))
    .default([])
    .meta({ description: 'For each of minSizes one more square, of the side √(min · max); empty for none.' }),
  aspectRatios: z
    .array(z.array(positive))
    .default([])
    .meta({ description: 'Width over height of further boxes, of each level; each is taken turned over too.' }),
  clip: z.boolean().default(false).meta({ description: 'Boxes are cut at the edges of the picture.' }),
});

export const priors = z
  .union([z.array(z.tuple([z.number(), z.number(), positive, positive])).min(1), rule])
  .meta({ description: 'Centre x, centre y, width and height of each box as parts of the picture; or the rule by which they are made.' });

/** Centre x, centre y, width and height of each, as parts of the picture. */
export function priorBoxes(declared: z.output<typeof priors>, picture: Size): Float64Array {
  if (Array.isArray(declared)) return Float64Array.from(declared.flat());
  const { steps, minSizes, maxSizes, aspectRatios, clip } = declared;
  const boxes: number[] = [];
  for (const [level, step] of steps.entries()) {
    const shapes = shapesOf(minSizes[level] ?? [], maxSizes[level] ?? [], aspectRatios[level] ?? []);
    const [columns, rows] = [Math.ceil(picture.width / step), Math.ceil(picture.height / step)];
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const [x, y] = [((column + 0.5) * step) / picture.width, ((row + 0.5) * step) / picture.height];
        for (const [width, height] of shapes) boxes.push(x, y, width / picture.width, height / picture.height);
      }
    }
  }
  return Float64Array.from(clip ? clipped(boxes) : boxes);
}

/** Widths and heights in pixels, in order. */
function shapesOf(minSizes: readonly number[], maxSizes: readonly number[], ratios: readonly number[]): [number, number][] {
  return minSizes.flatMap((side, index) => {
    const between = maxSizes[index];
    const stretched = ratios.flatMap((ratio): [number, number][] => {
      const root = Math.sqrt(ratio);
      return ratio === 1
        ? []
        : [
            [side * root, side / root],
            [side / root, side * root],
          ];
    });
    const squares: [number, number][] = [[side, side]];
    if (between !== undefined) squares.push([Math.sqrt(side * between), Math.sqrt(side * between)]);
    return [...squares, ...stretched];
  });
}

function clipped(boxes: readonly number[]): number[] {
  const cut = (value: number): number => Math.min(1, Math.max(0, value));
  const result: number[] = [];
  for (let i = 0; i < boxes.length; i += 4) {
    const [x, y, width, height] = boxes.slice(i, i + 4) as [number, number, number, number];
    const [left, top, right, bottom] = [cut(x - width / 2), cut(y - height / 2), cut(x + width / 2), cut(y + height / 2)];
    result.push((left + right) / 2, (top + bottom) / 2, right - left, bottom - top);
  }
  return result;
}
