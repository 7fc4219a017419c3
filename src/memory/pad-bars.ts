// The bars around a letterboxed picture, as rectangles to fill with a pattern.
import { toFloat16 } from './float16.ts';
import type { ElementType, PassTarget } from './picture-pass.ts';

export interface PadBar {
  /** Bytes from the target's start. */
  readonly offset: number;
  readonly rowBytes: number;
  readonly rows: number;
  readonly stride: number;
  /** Which pattern: the channel, or 0 where channels alternate. */
  readonly pattern: number;
}

const BYTES: Record<ElementType, number> = { float32: 4, float16: 2, uint8: 1 };

/** Bytes from one pixel to the next. */
export function pixelBytes({ dtype, interleaved, channels }: PassTarget): number {
  return BYTES[dtype] * (interleaved ? channels : 1);
}

/** What lies outside the place: whole rows above and below, pieces of rows left and right. */
export function padBars(target: PassTarget): PadBar[] {
  const { width, height, place, interleaved, channels, offset, rowStride, channelOffsets } = target;
  const pixel = pixelBytes(target);
  const bars: PadBar[] = [];
  for (let pattern = 0; pattern < (interleaved ? 1 : channels); pattern++) {
    const start = offset + (interleaved ? 0 : channelOffsets[pattern]!);
    const add = (x: number, y: number, w: number, h: number): void => {
      if (w <= 0 || h <= 0) return;
      const bar = { offset: start + y * rowStride + x * pixel, stride: rowStride, pattern };
      const contiguous = w * pixel === rowStride;
      bars.push({ ...bar, rowBytes: w * pixel * (contiguous ? h : 1), rows: contiguous ? 1 : h });
    };
    add(0, 0, width, place.y);
    add(0, place.y, place.x, place.height);
    add(place.x + place.width, place.y, width - place.x - place.width, place.height);
    add(0, place.y + place.height, width, height - place.y - place.height);
  }
  return bars;
}

/** The patterns of a target: 48 bytes of one pixel over and over. */
export function padPatterns({ interleaved, pad, dtype }: PassTarget): Uint8Array[] {
  return (interleaved ? [pad] : pad.map((value) => [value])).map((pixel) => {
    const values = Array.from({ length: 48 / BYTES[dtype] }, (_, i) => pixel[i % pixel.length]!);
    if (dtype === 'float32') return new Uint8Array(Float32Array.from(values).buffer);
    if (dtype === 'float16') return new Uint8Array(Uint16Array.from(values, toFloat16).buffer);
    return Uint8Array.from(values, roundToByte);
  });
}

/** The nearest byte, ties to even, as the kernels round. */
export function roundToByte(value: number): number {
  const bounded = Math.min(255, Math.max(0, value));
  const floor = Math.floor(bounded);
  const rest = bounded - floor;
  return floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0);
}
