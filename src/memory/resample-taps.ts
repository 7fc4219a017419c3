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

/** A run of neighbours and their weights, which sum to 1. */
export interface Contribution {
  readonly first: number;
  readonly weights: readonly number[];
}

/** Each target pixel's share of source pixels by the area it covers; between two centres where the picture is enlarged along this axis. */
export function areaContributions(axis: Axis): Contribution[] {
  if (axis.targetStep * axis.ratio <= axis.sourceStep) {
    return bilinearTaps(axis).map(contributionOf);
  }
  return Array.from({ length: axis.count }, (_, i) => {
    const [from, to] = span(axis, i);
    const [left, right] = [Math.max(from, axis.first), Math.min(to, axis.last + 1)];
    // A chroma pixel of the target may reach beyond the crop by half of it: then the border is all there is.
    if (right - left < 1e-6) return { first: left > axis.last ? axis.last : axis.first, weights: [1] };
    // Products of ratios miss whole numbers by a rounding error, which must not add a source pixel.
    const first = Math.min(axis.last, Math.floor(left + 1e-6));
    const end = Math.max(first + 1, Math.ceil(right - 1e-6));
    const covered = Array.from({ length: end - first }, (_, k) => Math.min(right, first + k + 1) - Math.max(left, first + k));
    const sum = covered.reduce((a, b) => a + b);
    return { first, weights: covered.map((share) => share / sum) };
  });
}

/** The source pixels that make each target pixel, whichever way. */
export function contributions(axis: Axis, interpolation: 'bilinear' | 'nearest' | 'area'): Contribution[] {
  if (interpolation === 'area') return areaContributions(axis);
  return (interpolation === 'nearest' ? nearestTaps(axis) : bilinearTaps(axis)).map(contributionOf);
}

function contributionOf({ index, weight }: Tap): Contribution {
  return { first: index, weights: weight === 0 ? [1] : [1 - weight, weight] };
}
