// Detections in rows, one finished detection each: what end-to-end models give.
import { z } from 'zod';
import { type BoxFormat, type Edges, toEdges } from './box-format.ts';
import { type DenseBlock, readDense } from './dense-read.ts';
import { defineHead } from './detection-head.ts';
import { findOutput, gridOf, outputOf } from './head-outputs.ts';
import { units } from './units.ts';

/** What a row holds: four letters of a box, `score`, `class`, and `_` for what is not read. */
const COLUMNS = {
  yolov10: ['x1', 'y1', 'x2', 'y2', 'score', 'class'],
  'yolov7-end2end': ['_', 'x1', 'y1', 'x2', 'y2', 'class', 'score'],
  'pp-yoloe': ['class', 'score', 'x1', 'y1', 'x2', 'y2'],
  'detection-output': ['_', 'class', 'score', 'x1', 'y1', 'x2', 'y2'],
} as const;

const FORMATS: Record<string, BoxFormat> = { x1: 'xyxy', y1: 'yxyx', cx: 'cxcywh', left: 'xywh' };

function family(type: keyof typeof COLUMNS, summary: string, usual: 'pixels' | 'normalised', firstClass = 0) {
  const columns: readonly string[] = COLUMNS[type];
  return defineHead({
    type,
    summary,
    looks: `one output, detections × ${columns.length}: ${columns.map((name) => (name === '_' ? '(not read)' : name)).join(', ')}`,
    params: z.strictObject({
      units: units(usual),
      firstClass: z.int().default(firstClass).meta({ description: 'The number that the model gives to the first label.' }),
    }),
    plan: ({ outputs, threshold, params: { units, firstClass } }) => {
      const meaning = `the ${columns.length} numbers of a detection`;
      const { output, anchors, anchorStep, attributeStep } = gridOf(outputOf(outputs, 'detections'), { wanted: columns.length, meaning });
      const count = findOutput(outputs, 'count');
      const corner = columns.findIndex((name) => name in FORMATS);
      const format = FORMATS[columns[corner]!]!;
      const [scoreAt, classAt] = [columns.indexOf('score'), columns.indexOf('class')];
      const block: DenseBlock = {
        output,
        anchors,
        classes: 1,
        first: scoreAt * attributeStep,
        anchorStep,
        // One class needs no step; 1 says that anchors are rows.
        classStep: attributeStep === 1 ? 1 : anchors,
        activation: 'none',
        ...(count === undefined ? {} : { count: (tensors) => tensors.numbers(count.name)[0]! }),
        classOf: (tensors, anchor) =>
          Math.round(tensors.floats(output.name).values[anchor * anchorStep + classAt * attributeStep]!) - firstClass,
        boxes: (tensors) => {
          const { values } = tensors.floats(output.name);
          return (anchor: number, edges: Edges): void => {
            const at = anchor * anchorStep + corner * attributeStep;
            const [a, b] = [values[at]!, values[at + attributeStep]!];
            toEdges(format, a, b, values[at + 2 * attributeStep]!, values[at + 3 * attributeStep]!, edges);
          };
        },
      };
      return { units, read: (tensors, found) => readDense(block, threshold, tensors, found) };
    },
  });
}

export const yolov10 = family('yolov10', 'YOLOv10, YOLO26 and other end-to-end models', 'pixels');
export const yolov7EndToEnd = family('yolov7-end2end', 'YOLOv7 exported with NMS (--end2end)', 'pixels');
export const ppYoloe = family('pp-yoloe', 'PP-YOLOE, PicoDet and other models of PaddleDetection exported with NMS', 'pixels');
export const detectionOutput = family('detection-output', 'SSD with a DetectionOutput layer, from Caffe or OpenVINO', 'normalised', 1);
