/** From one element type or layout to another. Addresses are in bytes from the arena's start, counts in elements. */
export interface TensorKernels {
  /** `(x − mean) × scale` from uint8 to float32. */
  bytesToFloats(source: number, target: number, count: number, mean: number, scale: number): void;
  /** `(x − mean) × scale` for float32; source and target may be the same. */
  normaliseFloats(source: number, target: number, count: number, mean: number, scale: number): void;
  /** `a + (b − a) × weight` for float32: from `a` with a weight of 0 to `b` with 1. */
  blendFloats(a: number, b: number, target: number, count: number, weight: number): void;
  /** The mean (`what` 0), the smallest (1) or the largest (2) of float32 values. */
  measureFloats(what: number, source: number, count: number): number;
  /** float32 to float16, to the nearest, ties to even. */
  floatsToHalves(source: number, target: number, count: number): void;
  halvesToFloats(source: number, target: number, count: number): void;
  /** Channel by channel (CHW) to pixel by pixel (HWC); an element has `size` bytes: 1, 2 or 4. Source and target must not overlap. */
  interleave(size: number, source: number, target: number, channels: number, pixels: number): void;
  /** Pixel by pixel (HWC) to channel by channel (CHW). */
  separate(size: number, source: number, target: number, channels: number, pixels: number): void;
  /** Copies `count` runs of `bytes` that lie at regular distances, in bytes. Source and target must not overlap. */
  copyRuns(source: number, sourceStride: number, target: number, targetStride: number, bytes: number, count: number): void;
}
