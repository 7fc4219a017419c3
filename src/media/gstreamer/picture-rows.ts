// How GStreamer lays a picture out in bytes where nothing else is said: rows of whole 4 bytes, planes of an even number of rows.
import type { FrameLayout } from '../frame-layout.ts';

export interface PictureRows {
  readonly bytes: number;
  /** They lie as they do in a slab. */
  readonly isSame: boolean;
  /** From GStreamer's bytes to a slab's. */
  copy(from: Uint8Array, to: Uint8Array): void;
  /** From a slab's bytes to GStreamer's. */
  spread(from: Uint8Array, to: Uint8Array): void;
}

/** GStreamer's rows of a picture that a slab holds as `layout` says. */
export function rowsOf({ format, planes }: FrameLayout): PictureRows {
  let bytes = 0;
  const isSubsampled = format === 'I420' || format === 'NV12';
  const lumaRows = isSubsampled ? planes[0]!.rows + (planes[0]!.rows & 1) : planes[0]!.rows;
  const places = planes.map(({ rowBytes }, index) => {
    const place = { offset: bytes, stride: Math.ceil(rowBytes / 4) * 4 };
    bytes += place.stride * (index === 0 ? lumaRows : lumaRows / 2);
    return place;
  });
  const isSame = planes.every(({ offset, stride }, index) => offset === places[index]!.offset && stride === places[index]!.stride);
  const eachRow = (move: (at: number, inSlab: number, rowBytes: number) => void): void => {
    for (const [index, { offset, stride, rows, rowBytes }] of planes.entries()) {
      const place = places[index]!;
      for (let y = 0; y < rows; y++) move(place.offset + y * place.stride, offset + y * stride, rowBytes);
    }
  };
  return {
    bytes,
    isSame,
    copy: (from, to) => eachRow((at, inSlab, rowBytes) => to.set(from.subarray(at, at + rowBytes), inSlab)),
    spread: (from, to) => eachRow((at, inSlab, rowBytes) => to.set(from.subarray(inSlab, inSlab + rowBytes), at)),
  };
}
