// The way of a box from what a model says back to the source frame.

import { type Geometry, IDENTITY, invertAffine } from '../geometry.ts';
import type { Size } from '../picture/picture-place.ts';
import type { Box } from './detections.ts';

/** Takes edges in a model's units; gives the box in the source frame, or nothing when it is empty there or no number. */
export type PlaceBox = (left: number, top: number, right: number, bottom: number) => Box | undefined;

/**
 * @param picture Size in pixels of the picture that the model saw.
 * @param geometry What that picture is of; left out where it is the source frame itself.
 */
export function boxPlacement(picture: Size, units: 'pixels' | 'normalised', geometry: Geometry | undefined): PlaceBox {
  const frame = geometry?.frame ?? picture;
  const back = invertAffine(geometry?.affine ?? IDENTITY);
  const [sx, sy] = units === 'pixels' ? [back.sx, back.sy] : [back.sx * picture.width, back.sy * picture.height];
  return (left, top, right, bottom) => {
    const x1 = Math.max(0, left * sx + back.tx);
    const y1 = Math.max(0, top * sy + back.ty);
    const x2 = Math.min(frame.width, right * sx + back.tx);
    const y2 = Math.min(frame.height, bottom * sy + back.ty);
    // False for NaN too.
    return x2 > x1 && y2 > y1 ? [x1, y1, x2, y2] : undefined;
  };
}
