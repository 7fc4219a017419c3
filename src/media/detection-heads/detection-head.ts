// A family of detectors: what its outputs look like, and how boxes are read from them. One file and one line of a table each.
//
// `plan` is asked once per shape. It compares the outputs with the family's look and says, by throwing a `Misfit`, what it found
// instead; otherwise it gives what reads one item. Everything after reading is the same for all families and not theirs: the way
// back to the source frame, clipping, filtering, labels, order.
import type { z } from 'zod';
import type { Dtype } from '../../memory/dtype.ts';
import type { Size } from '../picture/picture-place.ts';
import type { TensorReader } from '../tensor/tensor-reader.ts';

/** An output of a model, as declared or as found. */
export interface HeadOutput {
  readonly name: string;
  /** What it is for, as the manifest says; `tensor` where nobody said. */
  readonly role: string;
  readonly dtype: Dtype;
  /** Without the batch axis. */
  readonly shape: readonly number[];
  /** What the axes mean, the batch axis left out; empty where nobody said. */
  readonly axes: readonly string[];
}

export interface HeadTask<Params = unknown> {
  readonly outputs: readonly HeadOutput[];
  /** Size in pixels of the picture that the model saw. */
  readonly picture: Size;
  /** How many labels there are; undefined where there is no list of them. */
  readonly labels: number | undefined;
  /** Score below which nothing need be read. */
  readonly threshold: number;
  readonly params: Params;
}

/** Takes what was found: a box in the family's own units, by its edges. */
export type Found = (classId: number, score: number, left: number, top: number, right: number, bottom: number) => void;

export interface HeadPlan {
  /** How boxes are given: in pixels of the picture that the model saw, or as parts of its sides. */
  readonly units: 'pixels' | 'normalised';
  /** Reads one item; returns how many scores were not finite. */
  read(tensors: TensorReader, found: Found): number;
}

export interface DetectionHead<Shape extends z.ZodObject = z.ZodObject> {
  /** The `type` in a manifest. */
  readonly type: string;
  /** Which models are of this family. */
  readonly summary: string;
  /** What its outputs look like. */
  readonly looks: string;
  /** What a manifest may say beside the type. */
  readonly params: Shape;
  /** @throws Misfit when the outputs do not look so. */
  plan(task: HeadTask<z.output<Shape>>): HeadPlan;
}

/** A family with the type of its params forgotten. */
// biome-ignore lint/suspicious/noExplicitAny: params are parsed by the family's own declaration before they reach it
export type AnyDetectionHead = Omit<DetectionHead, 'plan'> & { plan(task: HeadTask<any>): HeadPlan };

/** Declares a family; gives `plan` the type of its params. */
export function defineHead<Shape extends z.ZodObject>(head: DetectionHead<Shape>): DetectionHead<Shape> {
  return head;
}

/** Outputs that are not of a family; the message says what was found, as the end of a sentence. */
export class Misfit extends Error {}
