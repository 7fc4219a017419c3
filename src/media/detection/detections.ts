import type { Classification } from './classifications.ts';

/** Left, top, right and bottom edge in pixels of the source frame; right and bottom are just outside. */
export type Box = readonly [left: number, top: number, right: number, bottom: number];

/** One object found in a frame. */
export interface Detection {
  readonly box: Box;
  /** How certain the model is, 0..1. */
  readonly score: number;
  /** The class's index in the model's list of labels. */
  readonly classId: number;
  /** The class's name; `class 7` where the model has no labels. */
  readonly label: string;
  /** The object, the same from frame to frame; unique within source and epoch. Set by trackers. */
  readonly id?: number;
  /** What a second model takes it for, the most certain first. */
  readonly classes?: readonly Classification[];
}

/** What was found in one frame. */
export interface DetectionSet {
  /** The source frame's size in pixels. */
  readonly width: number;
  readonly height: number;
  /** The most certain first. */
  readonly items: readonly Detection[];
}

declare module '../../core/stream/buffer.ts' {
  interface BufferMeta {
    /** What there is to be found in a frame, where whoever made the frame knows. */
    readonly truth?: DetectionSet;
  }
}
