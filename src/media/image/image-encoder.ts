// Encodes frames that lie in the arena as JPEG, PNG or WebP.
//
// One fused pass of a kernel makes packed RGB of whatever the frame's format is (grey stays grey, and PNG and WebP keep
// alpha); the library takes a copy of that, so that the frame may be let go as soon as `encode` has returned.
import type { Arena } from '../../memory/arena.ts';
import { kernelsFor } from '../../memory/kernels.ts';
import type { FrameLayout } from '../frame-layout.ts';
import type { VideoInfo } from '../media-types.ts';
import type { ImageFormat } from './image-format.ts';
import { type ImageLibrary, loadImageLibrary } from './image-library.ts';

export interface ImageEncoderOptions {
  readonly arena: Arena;
  /** How every frame lies in its slab. */
  readonly layout: FrameLayout;
  /** How YUV becomes RGB. Default: bt601, limited. */
  readonly colour?: Partial<Pick<VideoInfo, 'matrix' | 'range'>> | undefined;
  readonly format: ImageFormat;
  /** 1 (smallest) to 100 (best); of PNG, which loses nothing, the effort. Default 85. */
  readonly quality?: number | undefined;
}

/** Pixels in rows that stand one right behind the other. */
export interface PackedPicture {
  readonly pixels: Uint8Array;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** 1: grey, 3: red, green and blue, 4: and alpha. */
  readonly channels: 1 | 3 | 4;
}

export interface ImageEncoder {
  /** The file's bytes of the frame at an offset of the arena; the frame has been read when this returns. */
  encode(offset: number): Promise<Uint8Array>;
  close(): void;
}

/** Makes an encoder for frames of one layout. @throws MediaError `media/library-missing`, `media/library-failed` */
export async function createImageEncoder({ arena, layout, colour, format, quality }: ImageEncoderOptions): Promise<ImageEncoder> {
  const library = await loadImageLibrary();
  const packer = packerOf(arena, layout, colour, format);
  return {
    encode: (offset) => encodePacked(library, packer.pack(offset), format, quality),
    close: packer.close,
  };
}

/** Encodes pixels that are packed already. */
export async function encodePacked(
  library: ImageLibrary,
  { pixels, width, height, channels }: PackedPicture,
  format: ImageFormat,
  quality = 85,
): Promise<Uint8Array> {
  const picture = library(pixels, { raw: { width, height, channels } });
  // A grey picture is one in its file, too.
  if (channels === 1) picture.toColourspace('b-w');
  if (format === 'png') return picture.png({ compressionLevel: 6 }).toBuffer();
  if (format === 'webp') return picture.webp({ quality }).toBuffer();
  // Optimised tables make a file 3 % smaller and take more than half of the time.
  return picture.jpeg({ quality, optimiseCoding: false }).toBuffer();
}

interface Packer {
  pack(offset: number): PackedPicture;
  close(): void;
}

function packerOf(arena: Arena, layout: FrameLayout, colour: ImageEncoderOptions['colour'], format: ImageFormat): Packer {
  const { width, height } = layout;
  if (layout.format === 'GRAY8') return { pack: (offset) => packRows(arena, layout, offset, 1), close: () => {} };
  if (layout.format === 'RGBA' && format !== 'jpeg') return { pack: (offset) => packRows(arena, layout, offset, 4), close: () => {} };
  const plan = kernelsFor(arena).plan({
    source: { ...layout, matrix: colour?.matrix ?? 'bt601', range: colour?.range ?? 'limited' },
    target: { kind: 'tensor', width, height, dtype: 'uint8', layout: 'HWC', order: 'RGB' },
  });
  const bytes = width * height * 3;
  const slab = arena.allocate(bytes);
  return {
    pack: (offset) => {
      plan.run(offset, slab.offset);
      return { pixels: arena.bytes(slab.offset, bytes).slice(), width, height, channels: 3 };
    },
    close: () => {
      plan.close();
      slab.release();
    },
  };
}

function packRows(arena: Arena, { width, height, bytes, planes }: FrameLayout, offset: number, channels: 1 | 4): PackedPicture {
  const { stride, rowBytes, rows } = planes[0]!;
  const frame = arena.bytes(offset, bytes);
  const pixels = new Uint8Array(rowBytes * rows);
  for (let row = 0; row < rows; row++) pixels.set(frame.subarray(row * stride, row * stride + rowBytes), row * rowBytes);
  return { pixels, width, height, channels };
}
