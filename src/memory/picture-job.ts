// What a picture kernel is asked for: which pixels, from where, to where, in which form.

export type PictureFormat = 'I420' | 'NV12' | 'RGB' | 'BGR' | 'RGBA' | 'GRAY8';

export interface PicturePlane {
  /** Bytes from the frame's start. */
  readonly offset: number;
  /** Bytes from one row to the next. */
  readonly stride: number;
}

/** A frame's form; where it lies in the arena is said when the plan runs. */
export interface PictureFrame {
  readonly format: PictureFormat;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  readonly planes: readonly PicturePlane[];
  /** How YUV and RGB become one another; means nothing for other formats. */
  readonly matrix?: 'bt601' | 'bt709';
  /** Whether luma runs from 16 to 235 or from 0 to 255; means nothing for other formats. */
  readonly range?: 'limited' | 'full';
}

export interface PictureRectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A frame to write. Without `matrix` and `range` it takes the source's, or bt601 limited where that has none. */
export interface FrameTarget extends PictureFrame {
  readonly kind: 'frame';
}

/** A contiguous tensor to write. */
export interface TensorTarget {
  readonly kind: 'tensor';
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  readonly dtype: 'float32' | 'float16' | 'uint8';
  readonly layout: 'CHW' | 'HWC';
  readonly order: 'RGB' | 'BGR' | 'GRAY';
}

export type PictureInterpolation = 'bilinear' | 'nearest' | 'area';

/** One fused pass from a frame to a tensor or to another frame. */
export interface FrameToTensorJob {
  readonly source: PictureFrame;
  /** The part of the source that is used, in its pixels, possibly fractional; pixels outside are never looked at. The whole by default. */
  readonly crop?: PictureRectangle;
  readonly target: TensorTarget | FrameTarget;
  /** Where the crop goes, in whole target pixels. All of the target by default. */
  readonly place?: PictureRectangle;
  /** Grey value, 0 to 255, of what lies outside `place`, before normalisation. 0 by default. */
  readonly pad?: number;
  /** Tensors only: subtracted from each channel of the target, in its order; one value serves all. 0 by default. */
  readonly mean?: readonly number[];
  /** Tensors only: what each channel is multiplied by after that. 1 by default. */
  readonly scale?: readonly number[];
  /**
   * `bilinear` by default: half-pixel centres, two neighbours each way, no smoothing. `nearest`: the pixel under the centre.
   * `area`: the mean of what a target pixel covers; bilinear along an axis that is enlarged.
   */
  readonly interpolation?: PictureInterpolation;
}

/** A job with everything said and checked. */
export interface FullPictureJob {
  readonly source: Required<PictureFrame>;
  readonly crop: PictureRectangle;
  readonly target: TensorTarget | Required<FrameTarget>;
  readonly place: PictureRectangle;
  readonly pad: number;
  readonly mean: readonly [number, number, number];
  readonly scale: readonly [number, number, number];
  readonly interpolation: PictureInterpolation;
}

const PLANES: Record<PictureFormat, number> = { I420: 3, NV12: 2, RGB: 1, BGR: 1, RGBA: 1, GRAY8: 1 };

/** Whether a format holds luma and chroma. */
export function isYuv(format: PictureFormat): boolean {
  return format === 'I420' || format === 'NV12';
}

/** @throws RangeError when rectangles do not fit, planes are missing or numbers are none. */
export function fullJob(job: FrameToTensorJob): FullPictureJob {
  const { target, pad = 0 } = job;
  const source = { matrix: 'bt601', range: 'limited', ...job.source } as const;
  const crop = job.crop ?? { x: 0, y: 0, width: source.width, height: source.height };
  const place = job.place ?? { x: 0, y: 0, width: target.width, height: target.height };
  checkFrame('source', source);
  checkInside('crop', crop, source);
  checkInside('place', place, target);
  for (const value of Object.values(place))
    if (!Number.isInteger(value)) throw new RangeError(`place must be whole pixels, found ${value}`);
  if (!(pad >= 0 && pad <= 255)) throw new RangeError(`pad must be from 0 to 255, found ${pad}`);
  // Where nothing shrinks there are no areas to average.
  const shrinks = crop.width > place.width || crop.height > place.height;
  const interpolation = job.interpolation === 'area' && !shrinks ? 'bilinear' : (job.interpolation ?? 'bilinear');
  const common = { source, crop, place, pad, interpolation };
  if (target.kind === 'tensor') return { ...common, target, mean: three('mean', job.mean, 0), scale: three('scale', job.scale, 1) };
  checkFrame('target', target);
  const colour = isYuv(source.format) ? { matrix: source.matrix, range: source.range } : ({ matrix: 'bt601', range: 'limited' } as const);
  return { ...common, target: { ...colour, ...target }, mean: [0, 0, 0], scale: [1, 1, 1] };
}

function checkFrame(name: string, { format, width, height, planes }: PictureFrame): void {
  for (const size of [width, height]) {
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`${name} must have at least one pixel, found ${width}×${height}`);
  }
  if (planes.length !== PLANES[format]) throw new RangeError(`${name}: ${format} has ${PLANES[format]} planes, found ${planes.length}`);
}

function checkInside(name: string, { x, y, width, height }: PictureRectangle, whole: { width: number; height: number }): void {
  // A crop computed in floating point may overshoot by a rounding error.
  const slack = 1e-6;
  if (x >= -slack && y >= -slack && width > 0 && height > 0 && x + width <= whole.width + slack && y + height <= whole.height + slack)
    return;
  throw new RangeError(`${name} must lie inside ${whole.width}×${whole.height}, found ${width}×${height} at (${x}, ${y})`);
}

function three(name: string, values: readonly number[] | undefined, otherwise: number): [number, number, number] {
  if (values === undefined) return [otherwise, otherwise, otherwise];
  for (const value of values) if (!Number.isFinite(value)) throw new RangeError(`${name} must be finite, found ${value}`);
  if (values.length === 1) return [values[0]!, values[0]!, values[0]!];
  if (values.length === 3) return [values[0]!, values[1]!, values[2]!];
  throw new RangeError(`${name} must have one value or three, found ${values.length}`);
}
