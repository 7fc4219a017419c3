// Models that end in ONNX's own NonMaxSuppression: which box is which class of which item, into boxes and scores that are
// outputs too. The operator says nothing of scores, so that they are looked up (onnx/docs/Operators.md#NonMaxSuppression).
import { z } from 'zod';
import { BOX_FORMATS, type Edges } from './box-format.ts';
import { defineHead, Misfit } from './detection-head.ts';
import { gridBoxes } from './grid-block.ts';
import { formatOutput, gridOf, outputOf } from './head-outputs.ts';
import { units } from './units.ts';

export const onnxNms = defineHead({
  type: 'onnx-nms',
  summary: "Models that end in ONNX's NonMaxSuppression",
  looks:
    'classes, detections × 3 whole numbers: item, class, box; boxes, boxes × 4; scores, classes × boxes; items one by one, not in batches',
  params: z.strictObject({
    units: units('pixels'),
    format: z.enum(BOX_FORMATS).default('yxyx').meta({ description: 'The four numbers of a box.' }),
    firstClass: z.int().default(0).meta({ description: 'The number that the model gives to the first label.' }),
  }),
  plan: ({ outputs, threshold, params: { units, format, firstClass } }) => {
    const chosen = outputOf(outputs, 'classes');
    if (chosen.shape.length !== 2 || chosen.shape[1] !== 3) throw new Misfit(`${formatOutput(chosen)} is no list of item, class and box`);
    const boxes = gridOf(outputOf(outputs, 'boxes'), { wanted: 4, meaning: 'the four numbers of a box' });
    const table = outputOf(outputs, 'scores');
    const [classes, columns] = table.shape.slice(-2) as [number, number];
    if (table.shape.length < 2 || columns !== boxes.anchors)
      throw new Misfit(`${formatOutput(table)} is not classes × ${boxes.anchors} boxes`);
    return {
      units,
      read: (tensors, found) => {
        const triples = tensors.numbers(chosen.name);
        const scores = tensors.floats(table.name).values;
        const boxOf = gridBoxes(boxes, format, tensors);
        const edges: Edges = [0, 0, 0, 0];
        let notFinite = 0;
        for (let i = 0; i + 2 < triples.length; i += 3) {
          const [item, classId, box] = [triples[i]!, triples[i + 1]!, triples[i + 2]!];
          // Lists of a fixed length are filled up with −1.
          if (item !== 0 || classId < 0 || classId >= classes || box < 0 || box >= columns) continue;
          const score = scores[classId * columns + box]!;
          if (!Number.isFinite(score)) notFinite++;
          else if (score >= Math.fround(threshold) && classId >= firstClass) {
            boxOf(box, edges);
            found(classId - firstClass, Math.min(score, 1), edges[0], edges[1], edges[2], edges[3]);
          }
        }
        return notFinite;
      },
    };
  },
});
