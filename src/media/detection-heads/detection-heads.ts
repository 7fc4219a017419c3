import type { AnyDetectionHead } from './detection-head.ts';
import { yolov8 } from './yolov8.ts';

/** The families that come with Leat. */
export const detectionHeads: readonly AnyDetectionHead[] = [yolov8];
