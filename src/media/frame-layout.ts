// How a raw video frame lies in its slab: the one answer that decoders, kernels, drawing and encoders share.

/** Pixel formats of `video/raw`. Planar 4:2:0 (I420, NV12) is what decoders give and encoders want. */
export const VIDEO_FORMATS = ['I420', 'NV12', 'RGB', 'BGR', 'RGBA', 'GRAY8'] as const;

export type VideoFormat = (typeof VIDEO_FORMATS)[number];

export interface PlaneLayout {
  /** Where the plane begins, in bytes from the frame's start; a multiple of 64. */
  readonly offset: number;
  /** Bytes from one row to the next; a multiple of 64, so that rows of any width start aligned. */
  readonly stride: number;
  /** Rows of the plane. */
  readonly rows: number;
  /** Bytes of a row that hold pixels. */
  readonly rowBytes: number;
}

export interface FrameLayout {
  readonly format: VideoFormat;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Bytes of the whole frame. */
  readonly bytes: number;
  readonly planes: readonly PlaneLayout[];
}

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

// Each plane as [bytes of a row, rows]; chroma of odd sizes rounds up.
const PLANES: Record<VideoFormat, (width: number, height: number) => readonly (readonly [number, number])[]> = {
  I420: (w, h) => [
    [w, h],
    [(w + 1) >> 1, (h + 1) >> 1],
    [(w + 1) >> 1, (h + 1) >> 1],
  ],
  NV12: (w, h) => [
    [w, h],
    [2 * ((w + 1) >> 1), (h + 1) >> 1],
  ],
  RGB: (w, h) => [[3 * w, h]],
  BGR: (w, h) => [[3 * w, h]],
  RGBA: (w, h) => [[4 * w, h]],
  GRAY8: (w, h) => [[w, h]],
};

/** The layout of a frame of the given size. */
export function frameLayout(format: VideoFormat, width: number, height: number): FrameLayout {
  let offset = 0;
  const planes = PLANES[format](width, height).map(([rowBytes, rows]) => {
    const plane = { offset, stride: align(rowBytes), rows, rowBytes };
    offset += plane.stride * rows;
    return plane;
  });
  return { format, width, height, bytes: offset, planes };
}
