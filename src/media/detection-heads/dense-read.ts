// Reads outputs that give every anchor a score for each class: a kernel scans them for those worth looking at, and only those
// few are looked at here.

import type { TensorReader } from '../tensor/tensor-reader.ts';
import { DecoderError } from '../video/decoder-error.ts';
import type { Edges } from './box-format.ts';
import type { Found, HeadOutput } from './detection-head.ts';

export const ACTIVATIONS = ['none', 'sigmoid', 'softmax'] as const;

/** What still has to be done to the model's numbers to make them scores. */
export type Activation = (typeof ACTIVATIONS)[number];

/** A block of anchors; positions and steps count elements of the output. */
export interface DenseBlock {
  /** Where the scores are. */
  readonly output: HeadOutput;
  readonly anchors: number;
  readonly classes: number;
  /** The first anchor's score of the first class. */
  readonly first: number;
  readonly anchorStep: number;
  readonly classStep: number;
  /** The first anchor's objectness, by which scores are multiplied. */
  readonly objectness?: number | undefined;
  /** The first anchor's score of the background, which softmax counts in; before the first class or behind the last. */
  readonly background?: number | undefined;
  readonly activation: Activation;
  /** Added to the class's place among the scores. */
  readonly classOffset?: number | undefined;
  /** How many anchors count; all where it is left out. */
  count?(tensors: TensorReader): number;
  /** The class where a tensor of its own says it. */
  classOf?(tensors: TensorReader, anchor: number): number;
  /** Made once per item: gives the edges of an anchor's box. */
  boxes(tensors: TensorReader): (anchor: number, edges: Edges) => void;
}

/** Scores may exceed 1 by what rounding and quantisation do. */
const ABOVE_ONE = 1.01;

/** Reads a block; returns how many scores were not finite. */
export function readDense(block: DenseBlock, threshold: number, tensors: TensorReader, found: Found): number {
  const { output, classes, first, anchorStep, classStep, objectness, background, activation, classOffset = 0 } = block;
  const { offset, values } = tensors.floats(output.name);
  const anchors = Math.max(0, Math.min(block.anchors, block.count?.(tensors) ?? block.anchors));
  if (anchors === 0) return 0;
  const gate = objectness ?? background;
  const limit = scanThreshold(activation, threshold, background !== undefined);
  const result = tensors.scan.run({
    scores: offset + first * 4,
    anchors,
    classes,
    order: classStep === 1 ? 'rows' : 'columns',
    stride: (classStep === 1 ? anchorStep : classStep) * 4,
    gate: gate === undefined ? undefined : { offset: offset + gate * 4, kind: objectness === undefined ? 'reference' : 'objectness' },
    threshold: limit,
  });
  const { notFinite, count } = result;
  const boxOf = block.boxes(tensors);
  const edges: Edges = [0, 0, 0, 0];
  const least = Math.fround(threshold);
  for (let i = 0; i < count; i++) {
    const anchor = result.anchor(i);
    let score = result.score(i);
    if (activation === 'softmax') score = softmaxOf(block, values, anchor, score);
    else {
      if (activation === 'sigmoid') score = sigmoid(score);
      if (objectness !== undefined) {
        const object = values[objectness + anchor * anchorStep]!;
        score *= activation === 'sigmoid' ? sigmoid(object) : object;
      }
    }
    if (score < least) continue;
    if (score > ABOVE_ONE) throw notProbability(output.name, score);
    const classId = block.classOf?.(tensors, anchor) ?? result.winner(i) + classOffset;
    // Models fill up their lists with the class −1, and NaN is none either.
    if (!(classId >= 0)) continue;
    boxOf(anchor, edges);
    found(classId, Math.min(score, 1), edges[0], edges[1], edges[2], edges[3]);
  }
  return notFinite;
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/**
 * What the raw numbers must reach. A class among others can have no more than it has against the background alone, so that the
 * difference of the two decides without a sum over all. A little is allowed for rounding; the exact score is compared later.
 */
function scanThreshold(activation: Activation, threshold: number, hasBackground: boolean): number {
  if (activation === 'none') return Math.fround(threshold);
  if (activation === 'softmax' && !hasBackground) return Number.NEGATIVE_INFINITY;
  return Math.log(threshold / (1 - threshold)) - 1e-3;
}

function softmaxOf(
  { classes, first, anchorStep, classStep, background }: DenseBlock,
  values: Float32Array,
  anchor: number,
  best: number,
): number {
  const start = first + anchor * anchorStep;
  const other = background === undefined ? Number.NEGATIVE_INFINITY : values[background + anchor * anchorStep]!;
  const top = Math.max(best, Number.isFinite(other) ? other : best);
  let sum = Number.isFinite(other) ? Math.exp(other - top) : 0;
  for (let c = 0; c < classes; c++) {
    const value = values[start + c * classStep]!;
    if (Number.isFinite(value)) sum += Math.exp(value - top);
  }
  return Math.exp(best - top) / sum;
}

function notProbability(name: string, score: number): DecoderError {
  return new DecoderError(
    'decoder/not-probabilities',
    `The output ${name} holds the score ${Number(score.toPrecision(4))}, which is no probability: set the decoder's activation to sigmoid or softmax, or its type to one with raw outputs`,
  );
}
