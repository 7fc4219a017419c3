"""Rasterises the glyphs that draw-detections writes labels with.

Usage: python3 scripts/make-glyphs.py DejaVuSans-Bold.ttf > src/media/picture/glyph-data.ts   (needs Pillow)

Latin-1, 8-bit coverage, two sizes. Every glyph of a size has the same height; widths differ. The DejaVu fonts may be
embedded and redistributed freely (Bitstream Vera licence).
"""

import base64
import sys
import zlib

from PIL import Image, ImageDraw, ImageFont

CHARACTERS = [chr(c) for c in [*range(32, 127), *range(161, 256)]]


def rasterise(path: str, size: int) -> tuple[int, list[int], bytes]:
    font = ImageFont.truetype(path, size)
    ascent, descent = font.getmetrics()
    widths, pixels = [], bytearray()
    for character in CHARACTERS:
        width = max(1, round(font.getlength(character)))
        image = Image.new("L", (width, ascent + descent), 0)
        ImageDraw.Draw(image).text((0, 0), character, fill=255, font=font)
        widths.append(width)
        pixels += image.tobytes()
    return ascent + descent, widths, bytes(pixels)


print("// Made by scripts/make-glyphs.py from DejaVu Sans Bold; do not edit.")
print("// Each size: height, width of every glyph, and their 8-bit coverage one after the other (deflated, base64).")
print("export const GLYPH_DATA = [")
for size in (13, 20):
    height, widths, pixels = rasterise(sys.argv[1], size)
    packed = base64.b64encode(zlib.compress(pixels, 9)).decode()
    print(f"  {{ height: {height}, widths: {widths}, pixels: '{packed}' }},")
print("] as const;")
