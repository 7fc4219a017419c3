// Paints outlines and labels onto frames, so that they can be read on any background.
//
// Boxes are in pixels of the frame, right and bottom just outside; what lies beyond the frame is cut off. A line lies inside its
// box, between two thin dark ones. Text stands black or white, whichever is told apart better, on a strip of the box's
// colour: above the box, or in it where there is no room above, and never outside the picture. In 4:2:0 formats lines and
// strips lie on even pixels, so that their colour does not bleed.
import type { Arena } from '../../memory/arena.ts';
import type { Colour } from '../detection/detection-colours.ts';
import type { Box } from '../detection/detections.ts';
import type { FrameLayout } from '../frame-layout.ts';
import type { VideoColour } from '../video/video-stream-info.ts';
import { type Bitmap, canvasFor, type Paint } from './canvas.ts';
import { glyphFont } from './glyphs.ts';

export interface Painter {
  /** Draws a box's outline, `thickness` pixels wide, onto the frame at `offset`. */
  outline(offset: number, box: Box, thickness: number, colour: Colour): void;
  /** Writes text at a box: Latin-1, other characters as question marks. */
  label(offset: number, text: string, box: Box, colour: Colour): void;
  /** Gives the font's memory back. */
  close(): void;
}

const BLACK: Colour = [0, 0, 0];
const WHITE: Colour = [255, 255, 255];
/** Of 256: how dark the lines around a line are. */
const CASING = 120;
/** Pixels between text and the ends of its strip. */
const MARGIN = 4;

export function painterFor(arena: Arena, layout: FrameLayout, colour: VideoColour): Painter {
  const { width, height, format } = layout;
  const canvas = canvasFor(arena, layout, colour);
  const font = glyphFont(height);
  const slab = arena.allocate(font.pixels.length);
  arena.bytes(slab.offset, font.pixels.length).set(font.pixels);
  const step = format === 'I420' || format === 'NV12' ? 2 : 1;
  const snap = (value: number): number => Math.round(value / step) * step;
  const up = (value: number): number => Math.ceil(value / step) * step;
  const [black, white] = [canvas.paint(BLACK), canvas.paint(WHITE)];

  /** A box within the frame, on the grid; nothing of one that lies outside or means nothing. */
  const fitted = ([left, top, right, bottom]: Box): Box | undefined => {
    if (!(right >= left && bottom >= top && right > 0 && bottom > 0 && left < width && top < height)) return undefined;
    const [x, y] = [snap(Math.max(0, left)), snap(Math.max(0, top))];
    return [x, y, Math.max(x + step, snap(Math.min(width, right))), Math.max(y + step, snap(Math.min(height, bottom)))];
  };

  /** What lies in a box and not in it once it has shrunk by `thickness` on every side. */
  const ring = (offset: number, [left, top, right, bottom]: Box, thickness: number, paint: Paint, alpha?: number): void => {
    const band = Math.min(thickness, (bottom - top) / 2);
    const side = Math.min(thickness, (right - left) / 2);
    const bar = (x: number, y: number, w: number, h: number) => canvas.rectangle(offset, { x, y, width: w, height: h }, paint, alpha);
    const [low, high] = [top + Math.ceil(band), bottom - Math.floor(band)];
    bar(left, top, right - left, low - top);
    bar(left, high, right - left, bottom - high);
    bar(left, low, Math.ceil(side), high - low);
    bar(right - Math.floor(side), low, Math.floor(side), high - low);
  };

  return {
    outline: (offset, box, thickness, colour) => {
      const fit = fitted(box);
      if (fit === undefined) return;
      const [left, top, right, bottom] = fit;
      const wide = up(thickness);
      ring(offset, [left - 1, top - 1, right + 1, bottom + 1], 1, black, CASING);
      if (Math.min(right - left, bottom - top) > 2 * wide + 2)
        ring(offset, [left + wide, top + wide, right - wide, bottom - wide], 1, black, CASING);
      ring(offset, fit, wide, canvas.paint(colour));
    },
    label: (offset, text, box, colour) => {
      const fit = fitted(box);
      if (fit === undefined) return;
      const glyphs: Bitmap[] = [];
      let length = 2 * MARGIN;
      for (const character of text) {
        const { width: advance, offset: at } = font.glyphOf(character);
        if (length + advance > width) break;
        glyphs.push({ address: slab.offset + at, stride: advance, width: advance, height: font.height });
        length += advance;
      }
      const strip = { width: Math.min(width, up(length)), height: Math.min(height, up(font.height)) };
      const x = Math.max(0, Math.min(fit[0], snap(width - strip.width - (step - 1) / 2)));
      const y = fit[1] >= strip.height ? fit[1] - strip.height : Math.min(fit[1], Math.max(0, height - strip.height));
      canvas.rectangle(offset, { x, y, ...strip }, canvas.paint(colour));
      const ink = contrast(colour, BLACK) >= contrast(colour, WHITE) ? black : white;
      let at = x + MARGIN;
      for (const glyph of glyphs) {
        canvas.coverage(offset, at, y, glyph, ink);
        at += glyph.width;
      }
    },
    close: () => slab.release(),
  };
}

/** Contrast ratio as WCAG 2.2 defines it, 1 to 21. */
function contrast(one: Colour, other: Colour): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** Relative luminance (WCAG 2.2), 0 to 1. */
function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
