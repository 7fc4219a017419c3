// YOLOv5 and YOLOv7: objectness times class scores, of anchors that are decoded in the model or, where the raw heads are
// exported, here: xy = (2σ − 0.5 + cell) · stride, wh = (2σ)² · anchor (ultralytics/yolov5, models/yolo.py).
import { z } from 'zod';
import type { Edges } from './box-format.ts';
import { type DenseBlock, readDense, sigmoid } from './dense-read.ts';
import { defineHead, type HeadOutput, type HeadTask, Misfit } from './detection-head.ts';
import { gridBlock } from './grid-block.ts';
import { formatOutput, gridOf, outputsOf, squeezed } from './head-outputs.ts';
import { units } from './units.ts';

const V5_ANCHORS = [
  [10, 13, 16, 30, 33, 23],
  [30, 61, 62, 45, 59, 119],
  [116, 90, 156, 198, 373, 326],
];
const V7_ANCHORS = [
  [12, 16, 19, 36, 40, 28],
  [36, 75, 76, 55, 72, 146],
  [142, 110, 192, 243, 459, 401],
];

function params(anchors: number[][]) {
  return z.strictObject({
    units: units('pixels'),
    anchors: z
      .array(z.array(z.number().positive()).min(2))
      .min(1)
      .default(anchors)
      .meta({ description: 'For raw heads: widths and heights of the anchors in pixels, a list for each head, the finest first.' }),
  });
}

type Task = HeadTask<z.output<ReturnType<typeof params>>>;

function family(type: string, summary: string, anchors: number[][]) {
  return defineHead({
    type,
    summary,
    looks:
      'one output, anchors × (5 + classes): centre x, centre y, width, height, objectness, a score for each class; or the raw heads, ' +
      `${anchors.length} outputs 3 × height × width × (5 + classes) or 3·(5 + classes) × height × width`,
    params: params(anchors),
    plan: (task) => {
      const heads = outputsOf(task.outputs, 'detections');
      const first = heads[0];
      if (first === undefined) throw new Misfit('no output has the role detections');
      const isRaw = heads.length > 1 || squeezed(first.shape, 3).length > 2;
      const blocks = isRaw ? rawBlocks(heads, task) : [decodedBlock(first, task)];
      return {
        units: isRaw ? 'pixels' : task.params.units,
        read: (tensors, found) => blocks.reduce((sum, block) => sum + readDense(block, task.threshold, tensors, found), 0),
      };
    },
  });
}

export const yolov5 = family('yolov5', 'YOLOv5 and YOLOv6 as exported with their grid, and YOLOv5 raw heads', V5_ANCHORS);
export const yolov7 = family('yolov7', 'YOLOv7 as exported with its grid, and its raw heads', V7_ANCHORS);

function decodedBlock(output: HeadOutput, { labels }: Task): DenseBlock {
  const wanted = labels === undefined ? undefined : 5 + labels;
  const grid = gridOf(output, { wanted, least: 6, meaning: `5 + ${labels} classes` });
  return gridBlock(grid, { firstClass: 5, classes: grid.attributes - 5, objectness: 4, format: 'cxcywh' });
}

/** A block for each head, or for each anchor of a head whose attributes are outermost. */
function rawBlocks(heads: readonly HeadOutput[], { labels, picture, params: { anchors } }: Task): DenseBlock[] {
  if (heads.length !== anchors.length) throw new Misfit(`there are ${heads.length} heads, but anchors for ${anchors.length}`);
  const ordered = heads.map((output) => ({ output, raw: rawShape(output, labels) })).sort((a, b) => b.raw.height - a.raw.height);
  return ordered.flatMap(({ output, raw }, level) => {
    const sizes = anchors[level]!;
    if (sizes.length !== raw.anchors * 2)
      throw new Misfit(`${formatOutput(output)} has ${raw.anchors} anchors, but ${sizes.length / 2} sizes`);
    const [sx, sy] = [picture.width / raw.width, picture.height / raw.height];
    const cells = raw.height * raw.width;
    // With attributes innermost all anchors of a head are rows of one block.
    const count = raw.attributesLast ? 1 : raw.anchors;
    return Array.from({ length: count }, (_, index): DenseBlock => {
      const step = raw.attributesLast ? 1 : cells;
      const start = index * raw.attributes * cells;
      const anchorStep = raw.attributesLast ? raw.attributes : 1;
      return {
        output,
        anchors: raw.attributesLast ? raw.anchors * cells : cells,
        classes: raw.attributes - 5,
        first: start + 5 * step,
        anchorStep,
        classStep: step,
        objectness: start + 4 * step,
        activation: 'sigmoid',
        boxes: (tensors) => {
          const { values } = tensors.floats(output.name);
          return (anchor: number, edges: Edges): void => {
            const at = start + anchor * anchorStep;
            const size = raw.attributesLast ? Math.floor(anchor / cells) : index;
            const cell = anchor % cells;
            const x = (2 * sigmoid(values[at]!) - 0.5 + (cell % raw.width)) * sx;
            const y = (2 * sigmoid(values[at + step]!) - 0.5 + Math.floor(cell / raw.width)) * sy;
            const width = (2 * sigmoid(values[at + 2 * step]!)) ** 2 * sizes[size * 2]!;
            const height = (2 * sigmoid(values[at + 3 * step]!)) ** 2 * sizes[size * 2 + 1]!;
            edges[0] = x - width / 2;
            edges[1] = y - height / 2;
            edges[2] = x + width / 2;
            edges[3] = y + height / 2;
          };
        },
      };
    });
  });
}

interface RawShape {
  readonly anchors: number;
  readonly height: number;
  readonly width: number;
  readonly attributes: number;
  readonly attributesLast: boolean;
}

function rawShape(output: HeadOutput, labels: number | undefined): RawShape {
  const { shape } = output;
  const [a, b, c, d] = shape as [number, number, number, number];
  let raw: RawShape | undefined;
  if (shape.length === 4) raw = { anchors: a, height: b, width: c, attributes: d, attributesLast: true };
  if (shape.length === 3) raw = { anchors: 3, height: b, width: c, attributes: a / 3, attributesLast: false };
  if (raw === undefined || !Number.isInteger(raw.attributes) || raw.attributes < 6)
    throw new Misfit(`${formatOutput(output)} is no head of such a model`);
  if (labels !== undefined && raw.attributes !== 5 + labels) {
    throw new Misfit(`${formatOutput(output)} has ${raw.attributes} attributes for each anchor, which are not 5 + ${labels} classes`);
  }
  return raw;
}
