// Glyphs for labels: coverage bitmaps of the Latin-1 characters in two sizes, unpacked when first asked for.
import { inflateSync } from 'node:zlib';
import { GLYPH_DATA } from './glyph-data.ts';

export interface Glyph {
  /** Pixels. */
  readonly width: number;
  /** Where its coverage begins in the font's `pixels`, rows of `width` bytes. */
  readonly offset: number;
}

export interface GlyphFont {
  /** Pixels, the same for every glyph. */
  readonly height: number;
  /** Coverage of all glyphs, 0..255. */
  readonly pixels: Uint8Array;
  glyphOf(character: string): Glyph;
}

const fonts: (GlyphFont | undefined)[] = GLYPH_DATA.map(() => undefined);

/** The font whose letters suit a picture of the given height: small below 600 rows, large from there on. */
export function glyphFont(pictureHeight: number): GlyphFont {
  const index = pictureHeight < 600 ? 0 : 1;
  fonts[index] ??= unpack(GLYPH_DATA[index]!);
  return fonts[index];
}

function unpack({ height, widths, pixels }: (typeof GLYPH_DATA)[number]): GlyphFont {
  const glyphs: Glyph[] = [];
  let offset = 0;
  for (const width of widths) {
    glyphs.push({ width, offset });
    offset += width * height;
  }
  const missing = glyphs['?'.charCodeAt(0) - 32]!;
  return {
    height,
    pixels: new Uint8Array(inflateSync(Buffer.from(pixels, 'base64'))),
    glyphOf: (character) => glyphs[indexOf(character.charCodeAt(0))] ?? missing,
  };
}

/** Where a character stands in the table: 32..126, then 161..255; −1 for those it lacks. */
function indexOf(code: number): number {
  if (code >= 32 && code < 127) return code - 32;
  return code >= 161 && code < 256 ? code - 161 + 95 : -1;
}
