// Models with suppression inside whose boxes, scores and classes are outputs of their own, one entry for each detection, and a
// count where the lists are longer than what was found.
import { z } from 'zod';
import { BOX_FORMATS, type BoxFormat } from './box-format.ts';
import { type DenseBlock, readDense } from './dense-read.ts';
import { defineHead, Misfit } from './detection-head.ts';
import { gridBoxes } from './grid-block.ts';
import { findOutput, formatOutput, gridOf, outputOf, squeezed } from './head-outputs.ts';
import { units } from './units.ts';

interface Usual {
  readonly format: BoxFormat;
  readonly units: 'pixels' | 'normalised';
  readonly firstClass: number;
}

function family(type: string, summary: string, usual: Usual) {
  return defineHead({
    type,
    summary,
    looks: `boxes, detections × 4 (${usual.format}); scores, one for each; classes, one for each; and perhaps count, one number`,
    params: z.strictObject({
      units: units(usual.units),
      format: z.enum(BOX_FORMATS).default(usual.format).meta({ description: 'The four numbers of a box.' }),
      firstClass: z.int().default(usual.firstClass).meta({ description: 'The number that the model gives to the first label.' }),
    }),
    plan: ({ outputs, threshold, params: { units, format, firstClass } }) => {
      const boxes = gridOf(outputOf(outputs, 'boxes'), { wanted: 4, meaning: 'the four numbers of a box' });
      const [scores, classes] = [outputOf(outputs, 'scores'), outputOf(outputs, 'classes')];
      for (const list of [scores, classes]) {
        const shape = squeezed(list.shape, 1);
        if (shape.length === 1 && shape[0] === boxes.anchors) continue;
        // A last axis of 1 is none.
        if (shape.length === 2 && shape[0] === boxes.anchors && shape[1] === 1) continue;
        throw new Misfit(
          `${formatOutput(list)} does not hold one number for each of the ${boxes.anchors} boxes of ${formatOutput(boxes.output)}`,
        );
      }
      const count = findOutput(outputs, 'count');
      const block: DenseBlock = {
        output: scores,
        anchors: boxes.anchors,
        classes: 1,
        first: 0,
        anchorStep: 1,
        classStep: 1,
        activation: 'none',
        ...(count === undefined ? {} : { count: (tensors) => tensors.numbers(count.name)[0]! }),
        classOf: (tensors, anchor) => Math.round(tensors.numbers(classes.name)[anchor]!) - firstClass,
        boxes: (tensors) => gridBoxes(boxes, format, tensors),
      };
      return { units, read: (tensors, found) => readDense(block, threshold, tensors, found) };
    },
  });
}

export const efficientNms = family('efficient-nms', "TensorRT's EfficientNMS and BatchedNMS plug-ins", {
  format: 'xyxy',
  units: 'pixels',
  firstClass: 0,
});
export const torchvision = family('torchvision', 'Faster R-CNN, RetinaNet, FCOS and SSD of torchvision', {
  format: 'xyxy',
  units: 'pixels',
  firstClass: 1,
});
export const tensorflow = family('tensorflow', 'The Object Detection API of TensorFlow, and its TFLite models', {
  format: 'yxyx',
  units: 'normalised',
  firstClass: 1,
});
