// Makes frames small enough for a page, in one pass of a kernel.
import type { FrameLayout } from '../media/frame-layout.ts';
import { type Affine, composeAffine, IDENTITY } from '../media/geometry.ts';
import type { VideoInfo } from '../media/media-types.ts';
import type { Arena } from '../memory/arena.ts';
import { kernelsFor } from '../memory/kernels.ts';
import type { SmallFrame } from './frame-picks.ts';

/** The longer side of a picture on the page, in pixels; smaller frames stay as they are. */
export const PICTURE_SIDE = 512;

export interface FrameShrinker {
  /** A small copy of the frame at an offset of the arena; `affine` leads from the source frame to it, where it is not that itself. */
  shrink(offset: number, affine?: Affine): SmallFrame;
  close(): void;
}

/** Makes a shrinker for frames of one layout. */
export function frameShrinker(arena: Arena, layout: FrameLayout, colour: Partial<VideoInfo> | undefined): FrameShrinker {
  const ratio = Math.min(1, PICTURE_SIDE / Math.max(layout.width, layout.height));
  const width = Math.max(1, Math.round(layout.width * ratio));
  const height = Math.max(1, Math.round(layout.height * ratio));
  const plan = kernelsFor(arena).plan({
    source: { ...layout, matrix: colour?.matrix ?? 'bt601', range: colour?.range ?? 'limited' },
    target: { kind: 'tensor', width, height, dtype: 'uint8', layout: 'HWC', order: 'RGB' },
    interpolation: 'area',
  });
  const toSmall = { sx: width / layout.width, sy: height / layout.height, tx: 0, ty: 0 };
  return {
    shrink: (offset, affine = IDENTITY) => {
      const slab = arena.allocate(width * height * 3);
      plan.run(offset, slab.offset);
      return { slab, width, height, affine: composeAffine(affine, toSmall) };
    },
    close: () => plan.close(),
  };
}
