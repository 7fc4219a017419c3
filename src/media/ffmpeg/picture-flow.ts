// Brings a child's pictures into slabs.
import { Pool } from '../../memory/pool.ts';
import type { FrameQueue } from '../child/frame-queue.ts';
import type { Play } from '../child/play.ts';
import { packedBytes, unpackRows } from '../copy-payload.ts';
import { type FrameLayout, frameLayout, type VideoFormat } from '../frame-layout.ts';
import type { ReadOptions } from '../reader/media-reader.ts';
import type { VideoStreamInfo } from '../video/video-stream-info.ts';
import { matrixOf, rangeOf } from './ffmpeg-banner.ts';
import type { FfmpegChild } from './ffmpeg-child.ts';
import type { PictureHead } from './ffmpeg-log.ts';

const FORMATS: Readonly<Record<string, VideoFormat>> = { yuv420p: 'I420', yuvj420p: 'I420', nv12: 'NV12', gray: 'GRAY8' };

const FALLBACK_US = 40_000;

export class PictureFlow {
  info: VideoStreamInfo;
  /** Pictures that were given, and those of them whose parts were guessed. */
  count = 0;
  corrupt = 0;
  readonly ownPools: Pool[] = [];
  pool: Pool | undefined;
  private readonly options: ReadOptions;
  private readonly queue: FrameQueue;
  private readonly name: string;
  private readonly limit: number;
  private shape: FrameShape | undefined;
  private seen = '';
  private lost = false;

  constructor(info: VideoStreamInfo, options: ReadOptions, queue: FrameQueue, name: string, limit: number) {
    this.info = info;
    this.options = options;
    this.queue = queue;
    this.name = options.owner ?? name;
    this.limit = limit;
    this.pool = options.pool;
  }

  /** Reads to the child's end, or the queue's. */
  async run(child: FfmpegChild, play: Play): Promise<void> {
    while (!this.queue.isOver) {
      const head = child.log.pictures.shift();
      if (head === undefined) {
        if (child.isSilent) return;
        await child.spoken();
        continue;
      }
      if (!(await this.read(child, head, play))) return;
    }
  }

  /** False at the end. */
  private async read(child: FfmpegChild, head: PictureHead, play: Play): Promise<boolean> {
    const { layout, packed, scratch } = this.describe(head);
    const slab = await this.queue.slab(this.pool!);
    if (slab === undefined && this.queue.isOver) return false;
    this.lost ||= head.discont;
    const target = slab === undefined ? undefined : (scratch ?? this.options.arena.bytes(slab.offset, layout.bytes));
    const filled = await (target === undefined ? child.pictures.read(packed, () => undefined) : child.pictures.readInto(target, packed));
    if (slab === undefined) {
      this.lost = true;
      return filled === packed;
    }
    if (filled < packed) {
      slab.release();
      return false;
    }
    if (scratch !== undefined) unpackRows(scratch, layout, this.options.arena.bytes(slab.offset, layout.bytes));
    const { frameRate } = this.info;
    const durationUs = head.durationUs ?? (frameRate === undefined ? undefined : Math.round(1e6 / frameRate));
    const { ptsUs, epoch, capturedAtUs } = play.moment(head.ptsUs, durationUs ?? FALLBACK_US, 'video');
    this.count++;
    const { keyFrame, corrupt } = head;
    if (corrupt) this.corrupt++;
    const moment = { slab, ptsUs, durationUs, discont: this.lost, epoch, capturedAtUs };
    this.lost = false;
    this.queue.put({ kind: 'video', ...moment, layout, keyFrame, corrupt, info: this.info });
    return true;
  }

  private describe(head: PictureHead): FrameShape {
    const { width, height, colour } = head;
    const format = FORMATS[head.format]!;
    const seen = `${head.format} ${width} ${height} ${colour}`;
    if (seen === this.seen) return this.shape!;
    this.seen = seen;
    const before = this.info;
    // A colour that is not told is that of the container's words.
    const isKnown = colour.length > 0;
    const codedHeight = before.rotation % 180 === 0 ? height : width;
    const matrix = isKnown ? matrixOf(colour, codedHeight) : before.matrix;
    const range = isKnown ? rangeOf(colour, head.format) : before.range;
    const isSame = before.width === width && before.height === height && before.format === format;
    if (!isSame || before.matrix !== matrix || before.range !== range) this.info = { ...before, width, height, format, matrix, range };
    const layout = frameLayout(format, width, height);
    const packed = packedBytes(layout);
    this.shape = { layout, packed, scratch: isPacked(layout) ? undefined : new Uint8Array(packed) };
    if (this.pool === undefined || this.pool.slabBytes < layout.bytes) {
      this.pool = Pool.create(this.options.arena, { name: this.name, slabBytes: layout.bytes, limit: this.limit });
      this.ownPools.push(this.pool);
    }
    return this.shape;
  }
}

interface FrameShape {
  readonly layout: FrameLayout;
  /** Bytes of a picture in the pipe. */
  readonly packed: number;
  /** Where pictures come first whose rows do not lie in slabs as they do in the pipe. */
  readonly scratch: Uint8Array | undefined;
}

/** Rows lie one right behind the other, and so do planes. */
function isPacked({ planes }: FrameLayout): boolean {
  let end = 0;
  return planes.every(({ offset, stride, rowBytes, rows }) => {
    const fits = offset === end && stride === rowBytes;
    end += rowBytes * rows;
    return fits;
  });
}
