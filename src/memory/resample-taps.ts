// Which source pixels make a target pixel along one axis.

/** One axis of a walk over a picture: where the target's pixels lie in the source. */
export interface Axis {
  /** Pixels of the target. */
  readonly count: number;
  /** Target pixels before the first one's left edge, counted from the place's edge; may be negative. */
  readonly start: number;
  /** Target pixels (luma) that one pixel of this plane covers: 2 for chroma. */
  readonly targetStep: number;
  /** Source pixels (luma) to a target pixel (luma). */
  readonly ratio: number;
  /** Where the crop begins, in source pixels (luma). */
  readonly from: number;
  /** Source pixels (luma) that one pixel of this plane covers: 2 for chroma. */
  readonly sourceStep: number;
  /** The first and the last pixel of the source's plane that may be read. */
  readonly first: number;
  readonly last: number;
}

/** Two neighbours and the weight of the second, from 0 to below 1; the second is the first where the weight is 0. */
export interface Tap {
  readonly index: number;
  readonly next: number;
  readonly weight: number;
}

/** Left edge and right edge of a target pixel, in pixels of the source's plane. */
export function span(axis: Axis, index: number): [number, number] {
  const edge = (i: number) => ((axis.start + i * axis.targetStep) * axis.ratio + axis.from) / axis.sourceStep;
  return [edge(index), edge(index + 1)];
}

/** Weights are in steps of 1/16384, as the kernels hold them. */
export const WEIGHT_ONE = 16384;

/** Half-pixel centres: the value at a target pixel's centre, between the two nearest source centres; the border's beyond it. */
export function bilinearTaps(axis: Axis): Tap[] {
  return Array.from({ length: axis.count }, (_, i) => {
    const [left, right] = span(axis, i);
    const at = (left + right) / 2 - 0.5;
    const floor = Math.floor(at);
    const steps = Math.round((at - floor) * WEIGHT_ONE);
    const index = steps === WEIGHT_ONE ? floor + 1 : floor;
    const weight = steps === WEIGHT_ONE ? 0 : steps / WEIGHT_ONE;
    if (index < axis.first) return { index: axis.first, next: axis.first, weight: 0 };
    if (index >= axis.last) return { index: axis.last, next: axis.last, weight: 0 };
    return { index, next: weight === 0 ? index : index + 1, weight };
  });
}

/** The source pixel under the target pixel's centre. */
export function nearestTaps(axis: Axis): Tap[] {
  return Array.from({ length: axis.count }, (_, i) => {
    const [left, right] = span(axis, i);
    const index = Math.min(axis.last, Math.max(axis.first, Math.floor((left + right) / 2)));
    return { index, next: index, weight: 0 };
  });
}
