// What families share whose boxes and scores are outputs of their own.
import { z } from 'zod';
import type { BoxFormat } from './box-format.ts';
import { ACTIVATIONS, type Activation, type DenseBlock } from './dense-read.ts';
import { type HeadOutput, type HeadTask, Misfit } from './detection-head.ts';
import { gridBoxes } from './grid-block.ts';
import { formatOutput, type Grid, gridOf, outputOf } from './head-outputs.ts';

export const BACKGROUNDS = ['first', 'last', 'none'] as const;

/** Which of a model's classes stands for nothing at all. */
export type Background = (typeof BACKGROUNDS)[number];

/** The params that say how scores are read, with a family's usual values. */
export function scoreParams(activation: Activation, background: Background) {
  return {
    activation: z
      .enum(ACTIVATIONS)
      .default(activation)
      .meta({ description: 'What makes the numbers scores; none where the model did it.' }),
    background: z.enum(BACKGROUNDS).default(background).meta({ description: 'Which class stands for nothing; labels do not count it.' }),
  };
}

/** The boxes, four numbers for each anchor; where nobody gave roles, the only output whose last axis is 4. */
export function boxGrid(outputs: readonly HeadOutput[]): Grid {
  return gridOf(boxOutput(outputs), { wanted: 4, meaning: 'the four numbers of a box' });
}

function boxOutput(outputs: readonly HeadOutput[]): HeadOutput {
  const guess = isUntold(outputs) ? outputs.filter(({ shape }) => shape.at(-1) === 4) : [];
  return guess.length === 1 ? guess[0]! : outputOf(outputs, 'boxes');
}

function isUntold(outputs: readonly HeadOutput[]): boolean {
  return outputs.length === 2 && outputs.every(({ role }) => role === 'tensor');
}

/** Anchors by classes, for boxes that are known already. */
export function scoreGrid({ outputs, labels }: HeadTask, boxes: Grid, background: Background): Grid {
  const output = isUntold(outputs) ? outputs.find((one) => one !== boxes.output)! : outputOf(outputs, 'scores', 'logits');
  const extra = background === 'none' ? 0 : 1;
  const wanted = labels === undefined ? undefined : labels + extra;
  const sizes = output.shape.slice(-2);
  // Where there is no list of labels, the axis that is not the anchors' is the classes'.
  const classes = wanted ?? (sizes[0] === boxes.anchors ? sizes[1] : sizes[0]);
  const meaning = extra === 0 ? `${labels ?? 'the'} classes` : `${labels ?? 'the'} classes and the background`;
  const grid = gridOf(output, { wanted: classes, least: 1 + extra, meaning });
  if (grid.anchors !== boxes.anchors) {
    throw new Misfit(
      `${formatOutput(output)} has scores of ${grid.anchors} anchors, but ${formatOutput(boxes.output)} has ${boxes.anchors} boxes`,
    );
  }
  return grid;
}

/** The block that a grid of scores is; its boxes are those of the other grid as they stand. */
export function scoreBlock(scores: Grid, activation: Activation, background: Background, boxes: Grid, format: BoxFormat): DenseBlock {
  const { output, anchors, attributes, anchorStep, attributeStep } = scores;
  const classes = attributes - (background === 'none' ? 0 : 1);
  const place = background === 'first' ? 0 : classes * attributeStep;
  return {
    output,
    anchors,
    classes,
    first: background === 'first' ? attributeStep : 0,
    anchorStep,
    classStep: attributeStep,
    // Where scores are probabilities already, the background has been counted in.
    background: background === 'none' || activation !== 'softmax' ? undefined : place,
    activation,
    boxes: (tensors) => gridBoxes(boxes, format, tensors),
  };
}
