// YOLOX as it is exported by default: positions relative to cells and logarithms of sizes,
// xy = (xy + cell) · stride, wh = exp(wh) · stride (Megvii-BaseDetection/YOLOX, yolox/utils/demo_utils.py).
import { z } from 'zod';
import type { Edges } from './box-format.ts';
import { readDense } from './dense-read.ts';
import { defineHead, Misfit } from './detection-head.ts';
import { gridBlock } from './grid-block.ts';
import { formatOutput, gridOf, outputOf } from './head-outputs.ts';

export const yolox = defineHead({
  type: 'yolox',
  summary: 'YOLOX as exported by default; exported with decode_in_inference it is of the type yolov5',
  looks:
    'one output, cells of all strides × (5 + classes): x and y in its cell, logarithms of width and height, objectness, a score for each class',
  params: z.strictObject({
    strides: z
      .array(z.int().min(1))
      .min(1)
      .default([8, 16, 32])
      .meta({ description: 'Pixels from cell to cell, in the order in which the levels stand in the output.' }),
  }),
  plan: ({ outputs, labels, threshold, picture, params: { strides } }) => {
    const wanted = labels === undefined ? undefined : 5 + labels;
    const grid = gridOf(outputOf(outputs, 'detections'), { wanted, least: 6, meaning: `5 + ${labels} classes` });
    const cells = cellsOf(strides, picture.width, picture.height);
    if (cells.length !== grid.anchors * 3) {
      const levels = `${cells.length / 3} cells at the strides ${strides.join(', ')}`;
      throw new Misfit(
        `${formatOutput(grid.output)} has ${grid.anchors} anchors, but a picture of ${picture.width}×${picture.height} has ${levels}`,
      );
    }
    const { output, anchorStep, attributeStep } = grid;
    const block = {
      ...gridBlock(grid, { firstClass: 5, classes: grid.attributes - 5, objectness: 4, format: 'cxcywh' }),
      boxes: (tensors: Parameters<typeof readDense>[2]) => {
        const { values } = tensors.floats(output.name);
        return (anchor: number, edges: Edges): void => {
          const at = anchor * anchorStep;
          const stride = cells[anchor * 3 + 2]!;
          const x = (values[at]! + cells[anchor * 3]!) * stride;
          const y = (values[at + attributeStep]! + cells[anchor * 3 + 1]!) * stride;
          const width = Math.exp(values[at + 2 * attributeStep]!) * stride;
          const height = Math.exp(values[at + 3 * attributeStep]!) * stride;
          edges[0] = x - width / 2;
          edges[1] = y - height / 2;
          edges[2] = x + width / 2;
          edges[3] = y + height / 2;
        };
      },
    };
    return { units: 'pixels', read: (tensors, found) => readDense(block, threshold, tensors, found) };
  },
});

/** Column, row and stride of each cell, row by row. */
function cellsOf(strides: readonly number[], width: number, height: number): Uint16Array {
  const cells: number[] = [];
  for (const stride of strides) {
    const [columns, rows] = [Math.floor(width / stride), Math.floor(height / stride)];
    for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) cells.push(column, row, stride);
  }
  return Uint16Array.from(cells);
}
