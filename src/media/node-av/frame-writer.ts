// Copies decoded pictures into arena slabs, turned upright and in the wanted format.
import { AV_PIX_FMT_GRAY8, AV_PIX_FMT_NV12, AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P } from 'node-av/constants';
import { avImageCopy2, FFmpegError, type Frame } from 'node-av/lib';
import type { Arena } from '../../memory/arena.ts';
import type { Slab } from '../../memory/slab.ts';
import { type FrameLayout, frameLayout, type VideoFormat } from '../frame-layout.ts';
import { MediaError } from '../media-error.ts';
import type { Orientation } from './orientation.ts';
import { PictureConverter } from './picture-converter.ts';
import { SlabFrames } from './slab-frames.ts';
import { isForeignMatrix, isGray } from './stream-info.ts';

/** Coded formats that need no conversion. JPEG's flavour of I420 differs in range alone, which the stream's info tells. */
const SAME: Record<number, VideoFormat> = {
  [AV_PIX_FMT_YUV420P]: 'I420',
  [AV_PIX_FMT_YUVJ420P]: 'I420',
  [AV_PIX_FMT_NV12]: 'NV12',
  [AV_PIX_FMT_GRAY8]: 'GRAY8',
};

const PIXEL_FORMATS: Partial<Record<VideoFormat, number>> = { I420: AV_PIX_FMT_YUV420P, NV12: AV_PIX_FMT_NV12, GRAY8: AV_PIX_FMT_GRAY8 };

/** The value of chroma without colour. */
const NEUTRAL = 128;

/** The format frames of a coded pixel format arrive in. */
export function outputFormat(pixelFormat: number, wanted: 'I420' | 'native'): VideoFormat {
  if (wanted === 'I420') return 'I420';
  return isGray(pixelFormat) ? 'GRAY8' : (SAME[pixelFormat] ?? 'I420');
}

/** Writes pictures of one size and format; a new one is made when either changes. */
export class FrameWriter {
  readonly layout: FrameLayout;
  private readonly arena: Arena;
  private readonly pixelFormat: number;
  private readonly strides: number[];
  /** Pictures bring luma only and the frame needs chroma. */
  private readonly bare: boolean;
  private readonly converter: PictureConverter | undefined;
  /** Slabs as FFmpeg sees them, where it can. */
  private readonly frames: SlabFrames | undefined;
  // A pool hands the same few slabs out again and again.
  private readonly planes = new Map<number, Buffer[]>();

  constructor(arena: Arena, picture: Frame, wanted: 'I420' | 'native', orientation: Orientation) {
    const turned = orientation.rotation === 90 || orientation.rotation === 270;
    const format = outputFormat(picture.format, wanted);
    const width = turned ? picture.height : picture.width;
    const height = turned ? picture.width : picture.height;
    this.arena = arena;
    this.layout = frameLayout(format, width, height);
    this.strides = this.layout.planes.map((plane) => plane.stride);
    // Grey gets its neutral chroma here: FFmpeg's converter would take its range for the full one, whatever the stream says.
    const gray = isGray(picture.format);
    this.bare = gray && format === 'I420';
    this.pixelFormat = gray ? AV_PIX_FMT_GRAY8 : PIXEL_FORMATS[format]!;
    const upright = orientation.rotation === 0 && !orientation.mirrored;
    const same = SAME[picture.format] === (gray ? 'GRAY8' : format) && !isForeignMatrix(picture);
    this.converter = same && upright ? undefined : new PictureConverter(picture, this.pixelFormat, orientation);
    const copied = this.converter === undefined ? picture.format : this.pixelFormat;
    this.frames = this.bare || !SlabFrames.fit(this.layout) ? undefined : new SlabFrames(arena, this.layout, copied);
  }

  write(picture: Frame, slab: Slab): void {
    const source = this.converter?.convert(picture) ?? picture;
    const frame = this.frames?.at(slab);
    if (frame === undefined) this.copyPlanes(source, slab);
    else {
      const code = frame.copy(source);
      if (code < 0) throw new MediaError('media/conversion', `Cannot copy a picture out of the decoder: ${FFmpegError.strerror(code)}`);
    }
    this.converter?.done();
  }

  close(): void {
    this.converter?.close();
    this.frames?.close();
  }

  private copyPlanes(source: Frame, slab: Slab): void {
    const { width, height } = this.layout;
    const planes = this.planesOf(slab);
    if (this.bare) for (const chroma of planes.slice(1)) chroma.fill(NEUTRAL);
    avImageCopy2(planes, this.strides, source.data ?? [], source.linesize, this.pixelFormat as never, width, height);
  }

  private planesOf(slab: Slab): Buffer[] {
    let planes = this.planes.get(slab.offset);
    if (planes === undefined) {
      const { buffer } = this.arena.memory;
      planes = this.layout.planes.map(({ offset, stride, rows }) => Buffer.from(buffer, slab.offset + offset, stride * rows));
      if (this.planes.size > 256) this.planes.clear();
      this.planes.set(slab.offset, planes);
    }
    return planes;
  }
}
