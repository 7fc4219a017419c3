// Reading one item: the family's plan for the shapes at hand, then what is the same for all families.
import { z } from 'zod';
import type { FixedCaps } from '../../core/caps/caps.ts';
import { boxPlacement } from '../../media/detection/box-placement.ts';
import { classIdOf, labelOf } from '../../media/detection/class-names.ts';
import { compareDetections } from '../../media/detection/detection-order.ts';
import type { Detection } from '../../media/detection/detections.ts';
import { chooseHead, planHead, sameOutputs } from '../../media/detection-heads/choose-head.ts';
import type { AnyDetectionHead, HeadOutput, HeadPlan } from '../../media/detection-heads/detection-head.ts';
import type { Geometry } from '../../media/geometry.ts';
import type { Size } from '../../media/picture/picture-place.ts';
import type { ItemReader } from '../../media/tensor/tensor-reader.ts';
import type { TensorSet } from '../../media/tensor/tensor-set.ts';
import { DecoderError } from '../../media/video/decoder-error.ts';
import { declaredOutputs, foundOutputs, manifestOf, pictureSize } from './model-outputs.ts';

/** What holds for every family; a manifest's `decoder` may say it, and props over it. */
export const readingSettings = z.strictObject({
  type: z.string().optional().meta({ description: "The family of detectors, such as yolov8. Default: the manifest's." }),
  scoreThreshold: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .meta({ description: "Score below which nothing is kept. Default: the manifest's, or 0.25." }),
  classes: z
    .array(z.union([z.string(), z.int().min(0)]))
    .optional()
    .meta({ description: "The classes to keep, by label or number. Default: the manifest's, or all." }),
  maxDetections: z
    .int()
    .min(1)
    .optional()
    .meta({ description: "How many are kept of a frame, the most certain first. Default: the manifest's, or 3000." }),
});

export interface ReadingProps extends z.output<typeof readingSettings> {
  readonly labels?: readonly string[] | undefined;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface Reading {
  readonly items: readonly Detection[];
  /** The source frame's size. */
  readonly frame: Size;
  readonly notFinite: number;
}

export type ReadDetections = (item: TensorSet, reader: ItemReader, geometry: Geometry | undefined) => Reading;

/** Settings of a manifest's decoder that are for other elements. */
const FOR_OTHERS = ['iouThreshold'];

/** @throws DecoderError where the settings make no sense, or the manifest's outputs do not look like the family. */
export function detectionReading(heads: readonly AnyDetectionHead[], props: ReadingProps, sink: FixedCaps): ReadDetections {
  const model = manifestOf(sink);
  const written: Record<string, unknown> = { ...model?.decoder, ...defined(props) };
  const common = Object.keys(readingSettings.shape);
  const parsed = readingSettings.safeParse(Object.fromEntries(Object.entries(written).filter(([name]) => common.includes(name))));
  if (!parsed.success) throw new DecoderError('decoder/bad-params', `Cannot use the manifest's decoder: ${z.prettifyError(parsed.error)}`);
  const { type, scoreThreshold: threshold = 0.25, maxDetections = 3000, classes } = parsed.data;
  const known = [...common, ...FOR_OTHERS, 'labels', 'params'];
  const own = { ...Object.fromEntries(Object.entries(written).filter(([name]) => !known.includes(name))), ...props.params };
  const choice = chooseHead(heads, type, own);
  const labels = props.labels ?? model?.labels;
  const wanted = classes === undefined ? undefined : new Set(classes.map((one) => classIdOf(labels, one)));
  const picture = pictureSize(sink);
  const planOf = (outputs: readonly HeadOutput[]): HeadPlan =>
    planHead(heads, choice, { outputs, picture, labels: labels?.length, threshold });

  let outputs = declaredOutputs(model);
  let plan = outputs === undefined ? undefined : planOf(outputs);
  return (item, reader, geometry) => {
    const found = foundOutputs(model, item);
    if (plan === undefined || outputs === undefined || !sameOutputs(outputs, found)) {
      plan = planOf(found);
      outputs = found;
    }
    const place = boxPlacement(picture, plan.units, geometry);
    const items: Detection[] = [];
    const notFinite = plan.read(reader, (classId, score, left, top, right, bottom) => {
      if (wanted !== undefined && !wanted.has(classId)) return;
      const box = place(left, top, right, bottom);
      if (box !== undefined) items.push({ box, score, classId, label: labelOf(labels, classId) });
    });
    items.sort(compareDetections);
    if (items.length > maxDetections) items.length = maxDetections;
    return { items, frame: geometry?.frame ?? picture, notFinite };
  };
}

function defined(props: object): object {
  return Object.fromEntries(Object.entries(props).filter(([, value]) => value !== undefined));
}
