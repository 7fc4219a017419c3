import { efficientNms, tensorflow, torchvision } from './after-nms.ts';
import type { AnyDetectionHead } from './detection-head.ts';
import { detr, rtdetr } from './detr.ts';
import { onnxNms } from './onnx-nms.ts';
import { detectionOutput, ppYoloe, yolov7EndToEnd, yolov10 } from './rows.ts';
import { ssd } from './ssd.ts';
import { yolov5, yolov7 } from './yolov5.ts';
import { yolov8 } from './yolov8.ts';
import { yolox } from './yolox.ts';

/** The families that come with Leat. */
export const detectionHeads: readonly AnyDetectionHead[] = [
  yolov8,
  yolov5,
  yolov7,
  yolox,
  yolov10,
  rtdetr,
  detr,
  ssd,
  efficientNms,
  torchvision,
  tensorflow,
  yolov7EndToEnd,
  ppYoloe,
  detectionOutput,
  onnxNms,
];
