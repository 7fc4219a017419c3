import type { FrameLayout } from '../../src/media/frame-layout.ts';
import type { Arena } from '../../src/memory/arena.ts';

/** What a pixel holds, in the order of its format: Y, U and V; R, G and B; B, G and R; grey. */
export function readPixel(arena: Arena, frame: number, { format, planes }: FrameLayout, x: number, y: number): number[] {
  const at = (plane: number, column: number, row: number, count: number): number[] => {
    const { offset, stride } = planes[plane]!;
    return [...arena.bytes(frame + offset + row * stride + column * count, count)];
  };
  if (format === 'I420') return [0, 1, 2].flatMap((p) => (p === 0 ? at(0, x, y, 1) : at(p, x >> 1, y >> 1, 1)));
  if (format === 'NV12') return [...at(0, x, y, 1), ...at(1, x >> 1, y >> 1, 2)];
  return at(0, x, y, { RGB: 3, BGR: 3, RGBA: 4, GRAY8: 1 }[format]);
}
