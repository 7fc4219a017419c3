// How a job's rectangles become axes: the same for luma and for planes that hold one sample for two pixels by two.
import type { FullPictureJob, PictureRectangle } from './picture-job.ts';
import type { Axis } from './resample-taps.ts';

/**
 * One axis of the walk over `place`, which is in pixels of the target's plane.
 *
 * @param targetStep Luma pixels that one pixel of the target's plane covers.
 * @param sourceStep The same for the source's plane.
 */
export function pictureAxis(
  { source, crop, place: whole }: FullPictureJob,
  side: 'x' | 'y',
  place: PictureRectangle,
  targetStep: 1 | 2,
  sourceStep: 1 | 2,
): Axis {
  const size = side === 'x' ? 'width' : 'height';
  return {
    count: place[size],
    start: place[side] * targetStep - whole[side],
    targetStep,
    ratio: crop[size] / whole[size],
    from: crop[side],
    sourceStep,
    first: Math.max(0, Math.floor(crop[side] / sourceStep + 1e-6)),
    last: Math.min(Math.ceil(source[size] / sourceStep), Math.ceil((crop[side] + crop[size]) / sourceStep - 1e-6)) - 1,
  };
}

/** What a rectangle of luma pixels covers on planes of half the size. */
export function halvedPlace({ x, y, width, height }: PictureRectangle): PictureRectangle {
  const [left, top] = [x >> 1, y >> 1];
  return { x: left, y: top, width: ((x + width + 1) >> 1) - left, height: ((y + height + 1) >> 1) - top };
}
