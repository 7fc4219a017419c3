import type { FixedCaps } from '../core/caps/caps.ts';
import { formatStructure } from '../core/caps/caps.ts';
import type { Arena } from '../memory/arena.ts';
import { bytesOfDtype, type Dtype } from '../memory/dtype.ts';
import type { Slab } from '../memory/slab.ts';
import { type FrameLayout, frameLayout, type VideoFormat } from './frame-layout.ts';

/**
 * Copies bytes from outside into a slab, as the caps want them there. Rows of a frame may come packed, one right behind the
 * other, plane after plane, or laid out as `frameLayout` says.
 *
 * @returns What is wrong with the number of bytes, where something is.
 */
export function copyPayload(arena: Arena, caps: FixedCaps, bytes: Uint8Array): { slab: Slab; bytes: number } | string {
  const { media, fields } = caps;
  if (media === 'video/raw') {
    const layout = frameLayout(fields['format'] as VideoFormat, fields['width'] as number, fields['height'] as number);
    const packed = packedBytes(layout);
    if (bytes.length !== packed && bytes.length !== layout.bytes) {
      return `expected ${packed} bytes for ${formatStructure(caps)} with its rows packed, or ${layout.bytes} with them aligned, found ${bytes.length}`;
    }
    const slab = arena.allocate(layout.bytes);
    const target = arena.bytes(slab.offset, layout.bytes);
    if (bytes.length === layout.bytes) target.set(bytes);
    else unpackRows(bytes, layout, target);
    return { slab, bytes: layout.bytes };
  }
  const wanted = media === 'tensor' ? tensorBytes(caps) : bytes.length;
  if (bytes.length !== wanted) return `expected ${wanted} bytes for ${formatStructure(caps)}, found ${bytes.length}`;
  const slab = arena.allocate(bytes.length);
  arena.bytes(slab.offset, bytes.length).set(bytes);
  return { slab, bytes: bytes.length };
}

/** How many bytes a buffer has outside, and in its slab. */
export interface RawPayload {
  /** Bytes where rows stand one right behind the other. */
  readonly packed: number;
  /** Bytes in the slab. */
  readonly bytes: number;
  /** Brings the one to the other; undefined where they are the same. */
  readonly unpack: ((packed: Uint8Array, target: Uint8Array) => void) | undefined;
}

/** What the caps say of a buffer's bytes; undefined where they do not. */
export function packedLayout(caps: FixedCaps): RawPayload | undefined {
  const { media, fields } = caps;
  if (media === 'tensor' && Array.isArray(fields['shape']) && fields['dtype'] !== undefined) {
    const bytes = tensorBytes(caps);
    return Number.isInteger(bytes) ? { packed: bytes, bytes, unpack: undefined } : undefined;
  }
  const { format, width, height } = fields;
  if (media !== 'video/raw' || format === undefined || width === undefined || height === undefined) return undefined;
  const layout = frameLayout(format as VideoFormat, width as number, height as number);
  const packed = packedBytes(layout);
  const { bytes } = layout;
  return { packed, bytes, unpack: packed === bytes ? undefined : (source, target) => unpackRows(source, layout, target) };
}

/** Bytes of a frame whose rows stand one right behind the other. */
export function packedBytes({ planes }: FrameLayout): number {
  return planes.reduce((sum, { rowBytes, rows }) => sum + rowBytes * rows, 0);
}

/** Brings rows that stand one right behind the other to where the layout wants them. */
export function unpackRows(packed: Uint8Array, { planes }: FrameLayout, target: Uint8Array): void {
  let from = 0;
  for (const { offset, stride, rowBytes, rows } of planes) {
    for (let row = 0; row < rows; row++, from += rowBytes) target.set(packed.subarray(from, from + rowBytes), offset + row * stride);
  }
}

function tensorBytes({ fields }: FixedCaps): number {
  const shape = fields['shape'] as readonly number[];
  return shape.reduce((product, dimension) => product * dimension, bytesOfDtype(fields['dtype'] as Dtype));
}
