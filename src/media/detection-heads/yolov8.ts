import { z } from 'zod';
import { toEdges } from './box-format.ts';
import { readDense } from './dense-read.ts';
import { defineHead } from './detection-head.ts';
import { gridOf, outputOf } from './head-outputs.ts';

/** YOLOv8, v9 and v11: boxes and class scores, no objectness. */
export const yolov8 = defineHead({
  type: 'yolov8',
  summary: 'YOLOv8, YOLOv9, YOLO11 and what is exported like them',
  looks: 'one output, (4 + classes) × anchors or anchors × (4 + classes): centre, size, a score for each class',
  params: z.strictObject({
    units: z.enum(['pixels', 'normalised']).default('pixels').meta({ description: 'What boxes are measured in.' }),
    extraAttributes: z
      .int()
      .min(0)
      .default(0)
      .meta({ description: 'How many numbers behind the class scores are something else, such as mask coefficients.' }),
  }),
  plan: ({ outputs, labels, threshold, params: { units, extraAttributes } }) => {
    const wanted = labels === undefined ? undefined : 4 + labels + extraAttributes;
    const more = extraAttributes === 0 ? '' : ` + ${extraAttributes} more`;
    const grid = gridOf(outputOf(outputs, 'detections'), wanted, `4 + ${labels} classes${more}`);
    const { output, anchors, attributes, anchorStep, attributeStep } = grid;
    const block = {
      output,
      anchors,
      classes: attributes - 4 - extraAttributes,
      first: 4 * attributeStep,
      anchorStep,
      classStep: attributeStep,
      activation: 'none' as const,
      boxes: (tensors: Parameters<typeof readDense>[2]) => {
        const { values } = tensors.floats(output.name);
        return (anchor: number, edges: Parameters<typeof toEdges>[5]): void => {
          const at = anchor * anchorStep;
          const [x, y] = [values[at]!, values[at + attributeStep]!];
          toEdges('cxcywh', x, y, values[at + 2 * attributeStep]!, values[at + 3 * attributeStep]!, edges);
        };
      },
    };
    return { units, read: (tensors, found) => readDense(block, threshold, tensors, found) };
  },
});
