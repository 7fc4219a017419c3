// Brings decoded pictures into the arena, as frames of whichever format is asked for.
import type { Arena } from '../../memory/arena.ts';
import { kernelsFor } from '../../memory/kernels.ts';
import type { Slab } from '../../memory/slab.ts';
import { unpackRows } from '../copy-payload.ts';
import { type FrameLayout, frameLayout, type VideoFormat } from '../frame-layout.ts';
import type { DecodedImage } from './image-decoder.ts';

/** A frame of its own for a picture; YUV is bt601, limited. The caller owns the slab. */
export function imageFrame(
  arena: Arena,
  { pixels, width, height }: DecodedImage,
  format: VideoFormat,
): { slab: Slab; layout: FrameLayout } {
  const rgb = frameLayout('RGB', width, height);
  const source = arena.allocate(rgb.bytes);
  unpackRows(pixels, rgb, arena.bytes(source.offset, rgb.bytes));
  if (format === 'RGB') return { slab: source, layout: rgb };
  const layout = frameLayout(format, width, height);
  try {
    const plan = kernelsFor(arena).plan({ source: rgb, target: { kind: 'frame', ...layout, matrix: 'bt601', range: 'limited' } });
    try {
      const slab = arena.allocate(layout.bytes);
      plan.run(source.offset, slab.offset);
      return { slab, layout };
    } finally {
      plan.close();
    }
  } finally {
    source.release();
  }
}
