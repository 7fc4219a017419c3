// Where a picture goes when it is brought to another size, and the affine that follows from it.
import type { Affine } from '../geometry.ts';
import type { Preprocess } from './preprocess.ts';

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** From which part of the source to which part of the target pixels go. */
export interface PicturePlace {
  /** In source pixels. */
  readonly from: Rectangle;
  /** In target pixels. */
  readonly to: Rectangle;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The whole of a size. */
export function whole({ width, height }: Size): Rectangle {
  return { x: 0, y: 0, width, height };
}

/** Where the source's pixels go, by the rule of a model's preprocessing. */
export function placePicture(source: Size, target: Size, { fit, anchor }: Pick<Preprocess, 'fit' | 'anchor'>): PicturePlace {
  if (fit === 'stretch') return { from: whole(source), to: whole(target) };
  if (fit === 'letterbox') {
    const ratio = Math.min(target.width / source.width, target.height / source.height);
    const [width, height] = [Math.max(1, Math.round(source.width * ratio)), Math.max(1, Math.round(source.height * ratio))];
    const [x, y] = anchor === 'topLeft' ? [0, 0] : [Math.floor((target.width - width) / 2), Math.floor((target.height - height) / 2)];
    return { from: whole(source), to: { x, y, width, height } };
  }
  const ratio = Math.max(target.width / source.width, target.height / source.height);
  const [width, height] = [Math.min(source.width, target.width / ratio), Math.min(source.height, target.height / ratio)].map((side) =>
    Math.max(1, Math.round(side)),
  ) as [number, number];
  return {
    from: { x: Math.floor((source.width - width) / 2), y: Math.floor((source.height - height) / 2), width, height },
    to: whole(target),
  };
}

/** The affine that takes source pixels to target pixels. */
export function affineOf({ from, to }: PicturePlace): Affine {
  const [sx, sy] = [to.width / from.width, to.height / from.height];
  return { sx, sy, tx: to.x - from.x * sx, ty: to.y - from.y * sy };
}
