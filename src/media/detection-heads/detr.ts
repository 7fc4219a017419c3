import { z } from 'zod';
import { boxGrid, scoreBlock, scoreGrid, scoreParams } from './boxes-and-scores.ts';
import { ACTIVATIONS, type Activation, readDense } from './dense-read.ts';
import { defineHead } from './detection-head.ts';
import { gridBlock } from './grid-block.ts';
import { gridOf, outputsOf } from './head-outputs.ts';
import { units } from './units.ts';

const LOOKS = 'boxes, queries × 4: centre x, centre y, width, height as parts of the picture; and scores or logits, queries × classes';

/** DETR and its kin (Carion et al., 2020): softmax over the classes and "no object", which comes last. */
export const detr = defineHead({
  type: 'detr',
  summary: 'DETR, Conditional DETR, YOLOS, Table Transformer',
  looks: `${LOOKS} and "no object"`,
  params: z.strictObject({ units: units('normalised'), ...scoreParams('softmax', 'last') }),
  plan: (task) => {
    const { units, activation, background } = task.params;
    const boxes = boxGrid(task.outputs);
    const block = scoreBlock(scoreGrid(task, boxes, background), activation, background, boxes, 'cxcywh');
    return { units, read: (tensors, found) => readDense(block, task.threshold, tensors, found) };
  },
});

/** RT-DETR and its kin: a sigmoid for each class; or boxes and finished scores in one output. */
export const rtdetr = defineHead({
  type: 'rtdetr',
  summary: 'RT-DETR, D-FINE, Deformable DETR, DINO; in one output as Ultralytics exports RT-DETR',
  looks: `${LOOKS}; or one output, queries × (4 + classes) with finished scores`,
  params: z.strictObject({
    units: units('normalised'),
    background: scoreParams('sigmoid', 'none').background,
    activation: z.enum(ACTIVATIONS).optional().meta({
      description: 'What makes the numbers scores. Default: sigmoid for an output of their own, none where boxes and scores are one.',
    }),
  }),
  plan: (task) => {
    const { outputs, labels, threshold } = task;
    const { units, background } = task.params;
    const choose = (usual: Activation): Activation => task.params.activation ?? usual;
    const [single] = outputsOf(outputs, 'detections');
    if (single !== undefined) {
      const wanted = labels === undefined ? undefined : 4 + labels;
      const grid = gridOf(single, { wanted, least: 5, meaning: `4 + ${labels} classes` });
      const parts = { firstClass: 4, classes: grid.attributes - 4, format: 'cxcywh' } as const;
      const block = { ...gridBlock(grid, parts), activation: choose('none') };
      return { units, read: (tensors, found) => readDense(block, threshold, tensors, found) };
    }
    const boxes = boxGrid(outputs);
    const block = scoreBlock(scoreGrid(task, boxes, background), choose('sigmoid'), background, boxes, 'cxcywh');
    return { units, read: (tensors, found) => readDense(block, threshold, tensors, found) };
  },
});
