// Rectangles and coverage bitmaps on frames of any format: what drawing is made of. A colour is worked out once for the
// format, as a paint; everything is clipped to the frame. Chroma of 4:2:0 stands for two pixels by two, so that shapes on even
// coordinates are exact there and others bleed by one pixel.
import type { Arena } from '../../memory/arena.ts';
import { type ColourRow, GREY_OF_RGB, IDENTITY_COLOUR, yuvOfRgb } from '../../memory/colour-matrix.ts';
import { kernelsFor } from '../../memory/kernels.ts';
import type { Colour } from '../detection/detection-colours.ts';
import type { FrameLayout, VideoFormat } from '../frame-layout.ts';
import type { VideoColour } from '../video/video-stream-info.ts';
import type { Rectangle } from './picture-place.ts';

/** A colour in a frame's format: one number per plane, its first channel in the lowest byte. */
export type Paint = readonly number[];

/** Coverage in the arena, 0..255. */
export interface Bitmap {
  /** Bytes from the arena's start. */
  readonly address: number;
  /** Bytes from one row to the next. */
  readonly stride: number;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
}

export interface Canvas {
  paint(colour: Colour): Paint;
  /** Fills whole pixels of the frame at `offset`; `alpha` runs from 0 to 256, which covers. */
  rectangle(offset: number, rectangle: Rectangle, paint: Paint, alpha?: number): void;
  /** Lays paint through a bitmap whose top left corner is put at x, y. */
  coverage(offset: number, x: number, y: number, bitmap: Bitmap, paint: Paint): void;
}

interface Plane {
  readonly offset: number;
  readonly stride: number;
  /** Bytes of a pixel. */
  readonly channels: number;
  /** 1 where a sample stands for two pixels by two. */
  readonly shift: 0 | 1;
}

/** Which of three colour components each plane's channels hold; 3 is opacity. */
const CHANNELS: Record<VideoFormat, readonly (readonly number[])[]> = {
  I420: [[0], [1], [2]],
  NV12: [[0], [1, 2]],
  RGB: [[0, 1, 2]],
  BGR: [[2, 1, 0]],
  RGBA: [[0, 1, 2, 3]],
  GRAY8: [[0]],
};

const COVERED = 256;

export function canvasFor(arena: Arena, layout: FrameLayout, colour: VideoColour): Canvas {
  const { format, width, height } = layout;
  const kernels = kernelsFor(arena);
  const planes = layout.planes.map(
    ({ offset, stride }, p): Plane => ({ offset, stride, channels: CHANNELS[format][p]!.length, shift: p === 0 ? 0 : 1 }),
  );
  const rows: readonly ColourRow[] =
    format === 'I420' || format === 'NV12' ? yuvOfRgb(colour) : format === 'GRAY8' ? [GREY_OF_RGB] : IDENTITY_COLOUR;
  return {
    paint: ([red, green, blue]) => {
      const parts = [...rows.map(([r, g, b, plus]) => Math.round(r * red + g * green + b * blue + plus)), 255];
      if (format !== 'RGBA') parts.splice(3);
      return CHANNELS[format].map((channels) => channels.reduce((sum, part, c) => sum + parts[part]! * 2 ** (8 * c), 0));
    },
    rectangle: (offset, wanted, paint, alpha = COVERED) => {
      const [left, top] = [Math.max(0, wanted.x), Math.max(0, wanted.y)];
      const [right, bottom] = [Math.min(width, wanted.x + wanted.width), Math.min(height, wanted.y + wanted.height)];
      if (right <= left || bottom <= top) return;
      for (const [p, { offset: start, stride, channels, shift }] of planes.entries()) {
        const [x, y] = [left >> shift, top >> shift];
        const [columns, lines] = [((right + shift) >> shift) - x, ((bottom + shift) >> shift) - y];
        kernels.blendRectangle(offset + start + y * stride + x * channels, stride, columns, lines, channels, paint[p]!, alpha);
      }
    },
    coverage: (offset, x, y, { address, stride: pitch, ...size }, paint) => {
      const [left, top] = [Math.max(0, x), Math.max(0, y)];
      const [columns, lines] = [Math.min(width, x + size.width) - left, Math.min(height, y + size.height) - top];
      if (columns <= 0 || lines <= 0) return;
      const from = address + (top - y) * pitch + (left - x);
      for (const [p, { offset: start, stride, channels, shift }] of planes.entries()) {
        const to = offset + start + (top >> shift) * stride + (left >> shift) * channels;
        if (shift === 0) kernels.blendCoverage(to, stride, from, pitch, columns, lines, channels, paint[p]!, COVERED);
        else kernels.blendChromaCoverage(to, stride, from, pitch, columns, lines, left & 1, top & 1, channels, paint[p]!, COVERED);
      }
    },
  };
}
