// Where pictures lie in one another. Every element that scales, moves or cuts pictures says so in the buffer's meta, as the
// one affine that leads from the source frame to its output; a decoder inverts it once, and boxes lie in the source frame.
import type { Size } from './picture/picture-place.ts';

/** Takes a point to `(x · sx + tx, y · sy + ty)`, in pixels with the origin at the outer edge of the first pixel. */
export interface Affine {
  readonly sx: number;
  readonly sy: number;
  readonly tx: number;
  readonly ty: number;
}

/** What a picture is of. */
export interface Geometry {
  /** The source frame's size in pixels. */
  readonly frame: Size;
  /** From the source frame to this picture. */
  readonly affine: Affine;
}

declare module '../core/stream/buffer.ts' {
  interface BufferMeta {
    /** Missing where the picture is the source frame itself. */
    readonly geometry?: Geometry;
  }
}

export const IDENTITY: Affine = { sx: 1, sy: 1, tx: 0, ty: 0 };

/** What `first` and then `second` do, as one. */
export function composeAffine(first: Affine, second: Affine): Affine {
  return {
    sx: first.sx * second.sx,
    sy: first.sy * second.sy,
    tx: first.tx * second.sx + second.tx,
    ty: first.ty * second.sy + second.ty,
  };
}

/** The way back. @throws RangeError when the affine flattens a side to nothing. */
export function invertAffine({ sx, sy, tx, ty }: Affine): Affine {
  if (sx === 0 || sy === 0) throw new RangeError(`An affine that scales by ${sx} and ${sy} cannot be undone`);
  return { sx: 1 / sx, sy: 1 / sy, tx: -tx / sx, ty: -ty / sy };
}
