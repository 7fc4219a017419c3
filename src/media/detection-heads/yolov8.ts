import { z } from 'zod';
import { readDense } from './dense-read.ts';
import { defineHead } from './detection-head.ts';
import { gridBlock } from './grid-block.ts';
import { gridOf, outputOf } from './head-outputs.ts';
import { units } from './units.ts';

/** YOLOv8, v9 and 11: boxes and class scores, no objectness. */
export const yolov8 = defineHead({
  type: 'yolov8',
  summary: 'YOLOv8, YOLOv9, YOLO11 and what is exported like them',
  looks: 'one output, (4 + classes) × anchors or anchors × (4 + classes): centre x, centre y, width, height, a score for each class',
  params: z.strictObject({
    units: units('pixels'),
    extraAttributes: z
      .int()
      .min(0)
      .default(0)
      .meta({ description: 'How many numbers behind the class scores are something else, such as mask coefficients.' }),
  }),
  plan: ({ outputs, labels, threshold, params: { units, extraAttributes } }) => {
    const wanted = labels === undefined ? undefined : 4 + labels + extraAttributes;
    const more = extraAttributes === 0 ? '' : ` + ${extraAttributes} extra attributes`;
    const grid = gridOf(outputOf(outputs, 'detections'), { wanted, least: 5 + extraAttributes, meaning: `4 + ${labels} classes${more}` });
    const block = gridBlock(grid, { firstClass: 4, classes: grid.attributes - 4 - extraAttributes, format: 'cxcywh' });
    return { units, read: (tensors, found) => readDense(block, threshold, tensors, found) };
  },
});
