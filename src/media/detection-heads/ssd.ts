// SSD: each box is a prior that was moved by a part of its size and scaled by an exponential,
// xy = prior.xy + d.xy · variance₀ · prior.wh, wh = prior.wh · exp(d.wh · variance₁) (Liu et al., 2016).
import { z } from 'zod';
import type { Edges } from './box-format.ts';
import { boxGrid, scoreBlock, scoreGrid, scoreParams } from './boxes-and-scores.ts';
import { readDense } from './dense-read.ts';
import { defineHead, Misfit } from './detection-head.ts';
import { formatOutput } from './head-outputs.ts';
import { priorBoxes, priors } from './ssd-priors.ts';

export const ssd = defineHead({
  type: 'ssd',
  summary: 'SSD, RetinaFace-style and other detectors with prior boxes',
  looks: 'boxes, priors × 4: how far each prior is moved and scaled; and scores or logits, priors × (classes and the background)',
  params: z.strictObject({
    priors,
    variances: z
      .tuple([z.number().positive(), z.number().positive()])
      .default([0.1, 0.2])
      .meta({ description: 'Factors of the moves and of the scales.' }),
    ...scoreParams('softmax', 'first'),
  }),
  plan: (task) => {
    const { activation, background, variances } = task.params;
    const grid = boxGrid(task.outputs);
    const known = priorBoxes(task.params.priors, task.picture);
    if (known.length !== grid.anchors * 4) {
      throw new Misfit(`${formatOutput(grid.output)} has ${grid.anchors} boxes, but there are ${known.length / 4} priors`);
    }
    const { output, anchorStep, attributeStep } = grid;
    const [move, scale] = variances;
    const block = {
      ...scoreBlock(scoreGrid(task, grid, background), activation, background, grid, 'cxcywh'),
      boxes: (tensors: Parameters<typeof readDense>[2]) => {
        const { values } = tensors.floats(output.name);
        return (anchor: number, edges: Edges): void => {
          const at = anchor * anchorStep;
          const [width, height] = [known[anchor * 4 + 2]!, known[anchor * 4 + 3]!];
          const x = known[anchor * 4]! + values[at]! * move * width;
          const y = known[anchor * 4 + 1]! + values[at + attributeStep]! * move * height;
          const halfWidth = (width * Math.exp(values[at + 2 * attributeStep]! * scale)) / 2;
          const halfHeight = (height * Math.exp(values[at + 3 * attributeStep]! * scale)) / 2;
          edges[0] = x - halfWidth;
          edges[1] = y - halfHeight;
          edges[2] = x + halfWidth;
          edges[3] = y + halfHeight;
        };
      },
    };
    return { units: 'normalised', read: (tensors, found) => readDense(block, task.threshold, tensors, found) };
  },
});
