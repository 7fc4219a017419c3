// Copies frames out of arena slabs into pictures that an encoder may keep, in its format and padded to its sizes.
import {
  AV_PIX_FMT_BGR24,
  AV_PIX_FMT_GRAY8,
  AV_PIX_FMT_NV12,
  AV_PIX_FMT_RGB24,
  AV_PIX_FMT_RGBA,
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUVJ420P,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT709,
  AVCOL_SPC_RGB,
  AVCOL_SPC_SMPTE170M,
  SWS_ACCURATE_RND,
  SWS_BICUBIC,
} from 'node-av/constants';
import { avImageCopy2, FFmpegError, Frame, SoftwareScaleContext } from 'node-av/lib';
import type { Arena } from '../../memory/arena.ts';
import type { FrameLayout, VideoFormat } from '../frame-layout.ts';
import { MediaError } from '../media-error.ts';
import type { VideoColour } from '../video/video-stream-info.ts';
import type { EncoderKind } from './encoder-choice.ts';

const PIXEL_FORMATS: Record<VideoFormat, number> = {
  I420: AV_PIX_FMT_YUV420P,
  NV12: AV_PIX_FMT_NV12,
  RGB: AV_PIX_FMT_RGB24,
  BGR: AV_PIX_FMT_BGR24,
  RGBA: AV_PIX_FMT_RGBA,
  GRAY8: AV_PIX_FMT_GRAY8,
};

/** The value of chroma without colour. */
const NEUTRAL = 128;

const even = (size: number): number => size + (size & 1);

export class FrameReader {
  /** Pixels, as encoded. */
  readonly width: number;
  /** Pixels, as encoded. */
  readonly height: number;
  /** The range as encoded. */
  readonly range: VideoColour['range'];
  private readonly arena: Arena;
  private readonly layout: FrameLayout;
  private readonly kind: EncoderKind;
  private readonly strides: number[];
  private readonly matrix: VideoColour['matrix'];
  /** Frames bring luma only, as the encoder wants it. */
  private readonly bare: boolean;
  /** The picture the encoder gets. */
  private readonly picture = new Frame();
  /** The frame as it came, when it has to be converted. */
  private readonly raw: Frame | undefined;
  /** The converted frame before it is padded. */
  private readonly converted: Frame | undefined;
  private readonly scaler: SoftwareScaleContext | undefined;

  constructor(arena: Arena, layout: FrameLayout, kind: EncoderKind, colour: VideoColour) {
    this.arena = arena;
    this.layout = layout;
    this.kind = kind;
    this.width = kind.evenOnly ? even(layout.width) : layout.width;
    this.height = kind.evenOnly ? even(layout.height) : layout.height;
    this.strides = layout.planes.map((plane) => plane.stride);
    this.matrix = colour.matrix;
    const rgb = ['RGB', 'BGR', 'RGBA'].includes(layout.format);
    const inRange = rgb ? 'full' : colour.range;
    // JPEG knows the full range only; RGB becomes what is usual for video.
    this.range = kind.pixelFormat === AV_PIX_FMT_YUVJ420P ? 'full' : rgb ? 'limited' : colour.range;
    // Grey is luma, in whatever range; FFmpeg's converter would take its range for the full one.
    this.bare = layout.format === 'GRAY8' && this.range === inRange;
    this.picture.alloc();
    if (this.bare || (layout.format === 'I420' && this.range === inRange)) return;
    this.raw = new Frame();
    this.raw.alloc();
    this.shape(this.raw, PIXEL_FORMATS[layout.format], layout.width, layout.height, inRange);
    if (rgb) this.raw.colorSpace = AVCOL_SPC_RGB;
    if (this.padded) {
      this.converted = new Frame();
      this.converted.alloc();
      this.shape(this.converted, kind.pixelFormat, layout.width, layout.height, this.range);
    }
    this.scaler = new SoftwareScaleContext();
    this.scaler.allocContext();
    this.scaler.setOption('sws_flags', SWS_BICUBIC | SWS_ACCURATE_RND);
  }

  /** The frame at an offset of the arena as a picture for the encoder, valid until the next call. */
  read(offset: number): Frame {
    const { picture, raw, scaler } = this;
    // An encoder that looks ahead may still hold the picture given last.
    if (picture.width === 0 || !picture.isWritable) {
      picture.unref();
      this.shape(picture, this.kind.pixelFormat, this.width, this.height, this.range);
    }
    const source = this.layout.planes.map((plane) =>
      Buffer.from(this.arena.memory.buffer, offset + plane.offset, plane.stride * plane.rows),
    );
    if (this.bare) {
      this.copyGray(picture, source, this.strides);
    } else if (raw === undefined || scaler === undefined) {
      this.copy(picture, source, this.strides);
    } else {
      this.copy(raw, source, this.strides);
      const target = this.converted ?? picture;
      const scaled = scaler.scaleFrameSync(target, raw);
      if (scaled < 0) throw new MediaError('media/conversion', `Cannot convert a frame for the encoder: ${FFmpegError.strerror(scaled)}`);
      if (target !== picture) this.copy(picture, target.data ?? [], target.linesize);
    }
    if (this.padded) this.pad(picture);
    return picture;
  }

  close(): void {
    this.picture.free();
    this.raw?.free();
    this.converted?.free();
    this.scaler?.freeContext();
  }

  private get padded(): boolean {
    return this.width !== this.layout.width || this.height !== this.layout.height;
  }

  private copy(target: Frame, planes: Buffer[], strides: number[]): void {
    const { width, height } = this.layout;
    avImageCopy2(target.data ?? [], target.linesize, planes, strides, target.format as never, width, height);
  }

  private copyGray(target: Frame, planes: Buffer[], strides: number[]): void {
    const [luma, ...chroma] = target.data ?? [];
    const { width, height } = this.layout;
    avImageCopy2([luma!], [target.linesize[0]!], planes, strides, AV_PIX_FMT_GRAY8, width, height);
    for (const plane of chroma) plane.fill(NEUTRAL);
  }

  /** Repeats the last column and row of luma; chroma of odd sizes rounds up and is complete already. */
  private pad(picture: Frame): void {
    const luma = picture.data?.[0];
    const stride = picture.linesize[0];
    if (luma === undefined || stride === undefined) return;
    const { width, height } = this.layout;
    if (this.width > width)
      avImageCopy2([luma.subarray(width)], [stride], [luma.subarray(width - 1)], [stride], AV_PIX_FMT_GRAY8, 1, height);
    if (this.height > height) luma.copy(luma, height * stride, (height - 1) * stride, (height - 1) * stride + this.width);
  }

  private shape(frame: Frame, format: number, width: number, height: number, range: VideoColour['range']): void {
    frame.width = width;
    frame.height = height;
    frame.format = format as never;
    frame.colorRange = range === 'full' ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    frame.colorSpace = this.matrix === 'bt709' ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
    const made = frame.getBuffer(0);
    if (made < 0) throw new MediaError('media/encoding', `Cannot make a picture of ${width}×${height}: ${FFmpegError.strerror(made)}`);
  }
}
