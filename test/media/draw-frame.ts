// Frames for tests: every one bears its number as ten black or white squares, which survive any codec.
import type { FrameLayout } from '../../src/media/frame-layout.ts';
import type { Arena } from '../../src/memory/arena.ts';
import type { Slab } from '../../src/memory/slab.ts';

/** Pixels along the side of a square. */
export const SQUARE = 16;
export const BITS = 10;

/** Draws frame `index`: a slanting gradient that moves, coloured halves, and the number at the top left. At least 160×32. */
export function drawFrame(arena: Arena, slab: Slab, layout: FrameLayout, index: number): void {
  const [luma, ...chroma] = layout.planes;
  if (luma === undefined || layout.format !== 'I420') throw new RangeError('Test frames are I420');
  const bytes = arena.bytes(slab.offset, layout.bytes);
  for (let y = 0; y < luma.rows; y++) {
    for (let x = 0; x < luma.rowBytes; x++) bytes[luma.offset + y * luma.stride + x] = 48 + ((x + y + 2 * index) % 128);
  }
  for (let bit = 0; bit < BITS; bit++) {
    const value = (index >> bit) & 1 ? 235 : 16;
    for (let y = 0; y < SQUARE; y++) {
      const row = luma.offset + y * luma.stride + bit * SQUARE;
      bytes.fill(value, row, row + SQUARE);
    }
  }
  chroma.forEach((plane, c) => {
    for (let y = 0; y < plane.rows; y++) {
      const row = plane.offset + y * plane.stride;
      bytes.fill(c === 0 ? 90 : 160, row, row + (plane.rowBytes >> 1));
      bytes.fill(c === 0 ? 160 : 90, row + (plane.rowBytes >> 1), row + plane.rowBytes);
    }
  });
}
