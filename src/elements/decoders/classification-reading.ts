// Reading one item of a classifier: which output it is, what makes its numbers scores, which of them are the highest.
import { z } from 'zod';
import type { FixedCaps } from '../../core/caps/caps.ts';
import { labelOf } from '../../media/detection/class-names.ts';
import type { Classification } from '../../media/detection/classifications.ts';
import { ACTIVATIONS, type Activation, sigmoid } from '../../media/detection-heads/dense-read.ts';
import type { HeadOutput } from '../../media/detection-heads/detection-head.ts';
import { formatOutput } from '../../media/detection-heads/head-outputs.ts';
import type { ItemReader } from '../../media/tensor/tensor-reader.ts';
import type { TensorSet } from '../../media/tensor/tensor-set.ts';
import { DecoderError } from '../../media/video/decoder-error.ts';
import { declaredOutputs, foundOutputs, manifestOf } from './model-outputs.ts';

export const classificationSettings = z.strictObject({
  activation: z.enum(ACTIVATIONS).optional().meta({
    description:
      "What makes the numbers scores: softmax for one class of many, sigmoid for each by itself, none where the model did it. Default: the manifest's, or softmax.",
  }),
  topK: z
    .int()
    .min(1)
    .optional()
    .meta({ description: "How many classes are kept, the most certain first. Default: the manifest's, or 5." }),
  scoreThreshold: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .meta({ description: "Score below which no class is kept. Default: the manifest's, or 0." }),
  output: z
    .string()
    .optional()
    .meta({ description: "The output to read. Default: the manifest's, that of the role scores or logits, or the only one." }),
});

export interface ClassificationProps extends z.output<typeof classificationSettings> {
  readonly labels?: readonly string[] | undefined;
}

export type ReadClassifications = (item: TensorSet, reader: ItemReader) => { items: readonly Classification[]; notFinite: number };

/** Scores may exceed 1 by what rounding and quantisation do. */
const ABOVE_ONE = 1.01;

/** @throws DecoderError where the settings make no sense, or the manifest's outputs are not a classifier's. */
export function classificationReading(props: ClassificationProps, sink: FixedCaps): ReadClassifications {
  const model = manifestOf(sink);
  const { type, ...declared } = model?.decoder ?? { type: 'classification' };
  if (type !== 'classification') {
    const text = `The model's manifest has a decoder of the type ${type}, which is none of a classifier; a detector's is read by detection-decoder`;
    throw new DecoderError('decoder/unknown-type', text);
  }
  const parsed = classificationSettings.safeParse(declared);
  if (!parsed.success) throw new DecoderError('decoder/bad-params', `Cannot use the manifest's decoder: ${z.prettifyError(parsed.error)}`);
  const { activation = parsed.data.activation ?? 'softmax', topK = parsed.data.topK ?? 5 } = props;
  const { scoreThreshold = parsed.data.scoreThreshold ?? 0, output: wanted = parsed.data.output } = props;
  const labels = props.labels ?? model?.labels;
  const threshold = Math.fround(scoreThreshold);

  const known = declaredOutputs(model);
  if (known !== undefined) checkOutput(chooseOutput(known, wanted), labels);
  let last: HeadOutput | undefined;
  return (item, reader) => {
    // The outputs of a model keep their shapes almost always.
    const view = last === undefined ? undefined : item[last.name];
    if (view === undefined || view.shape.join() !== last!.shape.join())
      last = checkOutput(chooseOutput(foundOutputs(model, item), wanted), labels);
    const { name } = last!;
    const { values } = reader.floats(name);
    const { scores, notFinite } = scoresOf(values, activation);
    const items = highest(scores, topK, threshold).map((classId) => {
      const score = scores[classId]!;
      if (score > ABOVE_ONE) throw notProbability(name, score);
      return { classId, label: labelOf(labels, classId), score: Math.min(score, 1) };
    });
    return { items, notFinite };
  };
}

function chooseOutput(outputs: readonly HeadOutput[], wanted: string | undefined): HeadOutput {
  const all = outputs.map(formatOutput).join(', ');
  const named =
    wanted === undefined
      ? outputs.filter(({ role }) => role === 'scores' || role === 'logits')
      : outputs.filter(({ name }) => name === wanted);
  const found = wanted === undefined && named.length === 0 ? outputs : named;
  if (found.length === 1) return found[0]!;
  const text =
    wanted === undefined
      ? `Cannot tell which output is the classifier's: name it with the property output, or give it the role scores or logits; there are ${all}`
      : `The model has no output ${wanted}; there are ${all}`;
  throw new DecoderError('decoder/missing-output', text);
}

function checkOutput(output: HeadOutput, labels: readonly string[] | undefined): HeadOutput {
  const long = output.shape.filter((size) => size !== 1);
  if (long.length > 1) {
    const text = `Cannot classify by ${formatOutput(output)}: a classifier gives one number for each class, so that all axes but one are 1`;
    throw new DecoderError('decoder/wrong-shape', text);
  }
  const classes = long[0] ?? 1;
  if (labels !== undefined && labels.length !== classes) {
    const text = `Cannot classify by ${formatOutput(output)}: it has ${classes} classes, but there are ${labels.length} labels`;
    throw new DecoderError('decoder/wrong-shape', text);
  }
  return output;
}

/** Scores of all classes; NaN for those that are none. */
function scoresOf(values: Float32Array, activation: Activation): { scores: Float64Array; notFinite: number } {
  const scores = Float64Array.from(values);
  let top = Number.NEGATIVE_INFINITY;
  let notFinite = 0;
  for (let c = 0; c < scores.length; c++) {
    const value = scores[c]!;
    if (Number.isFinite(value)) top = Math.max(top, value);
    else {
      scores[c] = Number.NaN;
      notFinite++;
    }
  }
  if (activation === 'sigmoid') for (let c = 0; c < scores.length; c++) scores[c] = sigmoid(scores[c]!);
  if (activation !== 'softmax') return { scores, notFinite };
  let sum = 0;
  for (let c = 0; c < scores.length; c++) {
    const power = Math.exp(scores[c]! - top);
    scores[c] = power;
    if (power >= 0) sum += power;
  }
  for (let c = 0; c < scores.length; c++) scores[c]! /= sum;
  return { scores, notFinite };
}

/** The classes of the highest scores, in order. */
function highest(scores: Float64Array, count: number, threshold: number): number[] {
  const best: number[] = [];
  for (let c = 0; c < scores.length; c++) {
    const score = scores[c]!;
    if (!(score >= threshold) || (best.length === count && score <= scores[best[count - 1]!]!)) continue;
    let at = best.length;
    while (at > 0 && scores[best[at - 1]!]! < score) at--;
    best.splice(at, 0, c);
    if (best.length > count) best.length = count;
  }
  return best;
}

function notProbability(name: string, score: number): DecoderError {
  return new DecoderError(
    'decoder/not-probabilities',
    `The output ${name} holds the score ${Number(score.toPrecision(4))}, which is no probability: set activation to softmax or sigmoid`,
  );
}
