// How a picture must be turned to stand upright, from the 3×3 display matrix of MP4 and its kin: rows (a b u) (c d v) (x y w),
// where a, b, c and d are 16.16 fixed point.

export interface Orientation {
  /** Clockwise degrees. */
  readonly rotation: 0 | 90 | 180 | 270;
  /** Mirrored left to right before the turn. */
  readonly mirrored: boolean;
}

export const UPRIGHT: Orientation = { rotation: 0, mirrored: false };

/** Reads FFmpeg's display matrix: nine native-endian int32. Angles between quarter turns go to the nearest one. */
export function orientationOf(matrix: Uint8Array): Orientation {
  if (matrix.byteLength < 36) return UPRIGHT;
  const view = new DataView(matrix.buffer, matrix.byteOffset, matrix.byteLength);
  const [a, b, c, d] = [0, 4, 12, 16].map((at) => view.getInt32(at, true)) as [number, number, number, number];
  if (a * d - b * c === 0) return UPRIGHT;
  const mirrored = a * d - b * c < 0;
  // A point (x, y) goes to (a x + c y, b x + d y), y down: (1, 0) shows where the picture's right side goes.
  const angle = mirrored ? Math.atan2(-b, -a) : Math.atan2(b, a);
  const quarter = ((Math.round((angle * 2) / Math.PI) % 4) + 4) % 4;
  return { rotation: [0, 90, 180, 270][quarter] as Orientation['rotation'], mirrored };
}
