/**
 * Drawing on a plane of bytes. Addresses and strides are in bytes, sizes in pixels of `channels` bytes, 1 to 4. A colour has the
 * first channel in its lowest byte. Alpha runs from 0, which leaves the plane as it is, to 256, which covers it; results are
 * rounded. Nothing is clipped: what is asked for must lie in the plane.
 */
export interface DrawKernels {
  blendRectangle(target: number, stride: number, width: number, height: number, channels: number, colour: number, alpha: number): void;
  /** Through a bitmap of coverages from 0 to 255. */
  blendCoverage(
    target: number,
    stride: number,
    coverage: number,
    coverageStride: number,
    width: number,
    height: number,
    channels: number,
    colour: number,
    alpha: number,
  ): void;
  /**
   * On a plane of half the size: each sample takes the mean coverage of the four pixels it stands for. The bitmap's size is in
   * whole pixels; it begins `dx`, `dy` pixels (0 or 1) right of and below those of the sample at `target`.
   */
  blendChromaCoverage(
    target: number,
    stride: number,
    coverage: number,
    coverageStride: number,
    width: number,
    height: number,
    dx: number,
    dy: number,
    channels: number,
    colour: number,
    alpha: number,
  ): void;
}
