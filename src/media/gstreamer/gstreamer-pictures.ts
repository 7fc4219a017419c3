// Brings a child's pictures into slabs.
import { Pool } from '../../memory/pool.ts';
import type { FrameQueue } from '../child/frame-queue.ts';
import type { Play } from '../child/play.ts';
import { type FrameLayout, frameLayout } from '../frame-layout.ts';
import { MediaError } from '../media-error.ts';
import type { ReadOptions } from '../reader/media-reader.ts';
import type { VideoStreamInfo } from '../video/video-stream-info.ts';
import { type KnownPictures, videoInfoOf } from './caps-text.ts';
import type { GdpHead } from './gdp-packet.ts';
import type { GdpStream } from './gdp-stream.ts';
import { type PictureRows, rowsOf } from './picture-rows.ts';

const FALLBACK_US = 40_000;

export class GstreamerPictures {
  info: VideoStreamInfo | undefined;
  pool: Pool | undefined;
  readonly ownPools: Pool[] = [];
  /** Pictures that were given, and those of them of which the decoder had to guess parts. */
  count = 0;
  corrupt = 0;
  private readonly options: ReadOptions;
  private readonly known: KnownPictures;
  private readonly queue: FrameQueue;
  private readonly name: string;
  private readonly limit: number;
  private shape: PictureShape | undefined;
  private lost = false;
  private isFirst = true;

  /** @param known What is known of them beforehand. @param name What is read, in messages. */
  constructor(
    info: VideoStreamInfo | undefined,
    known: KnownPictures,
    options: ReadOptions,
    queue: FrameQueue,
    name: string,
    limit: number,
  ) {
    this.info = info;
    this.known = known;
    this.options = options;
    this.queue = queue;
    this.name = name;
    this.limit = limit;
    this.pool = options.pool;
  }

  /** Reads to the child's end, or the queue's. @param begun Hears when it is known what they are like. */
  async run(stream: GdpStream, play: Play, begun: () => void): Promise<void> {
    this.isFirst = true;
    while (!this.queue.isOver) {
      const head = await stream.next();
      if (head === undefined) return;
      const shape = this.describe(stream);
      begun();
      if (!(await this.read(stream, head, shape, play))) return;
    }
  }

  /** False at the end. */
  private async read(stream: GdpStream, head: GdpHead, { info, layout, rows, scratch }: PictureShape, play: Play): Promise<boolean> {
    const { length, corrupt } = head;
    if (length < rows.bytes) throw new MediaError('media/unreadable', `Cannot read on in ${this.name}: a picture is cut off`);
    const slab = await this.queue.slab(this.pool!);
    if (slab === undefined && this.queue.isOver) return false;
    this.lost ||= (head.discont && !this.isFirst) || slab === undefined;
    this.isFirst = false;
    const target = slab === undefined ? undefined : (scratch ?? this.options.arena.bytes(slab.offset, layout.bytes));
    // Makers of buffers may leave more behind a picture than its rows.
    const filled = await stream.readInto(target?.subarray(0, rows.bytes), length);
    if (slab === undefined) return filled === length;
    if (filled < length) {
      slab.release();
      return false;
    }
    if (scratch !== undefined) rows.copy(scratch, this.options.arena.bytes(slab.offset, layout.bytes));
    const durationUs = head.duration === undefined ? undefined : Math.round(Number(head.duration) / 1000);
    const moment = { slab, ...play.moment(stream.timeUs(head), durationUs ?? FALLBACK_US), durationUs, discont: this.lost };
    this.lost = false;
    this.count++;
    if (corrupt) this.corrupt++;
    this.queue.put({ kind: 'video', ...moment, layout, keyFrame: false, corrupt, info });
    return true;
  }

  private describe({ caps, codec, rotation }: GdpStream): PictureShape {
    if (this.shape !== undefined && this.shape.caps === caps && this.shape.info.rotation === rotation) return this.shape;
    const info = videoInfoOf(caps, { ...(codec === undefined ? {} : { codec }), ...this.known, rotation });
    if (info === undefined) {
      throw new MediaError(
        'media/unreadable',
        `Cannot read ${this.name}: it gives ${caps.split(',')[0] || 'nothing that tells what it is'}, no pictures`,
      );
    }
    this.info = info;
    const layout = frameLayout(info.format, info.width, info.height);
    const rows = rowsOf(layout);
    this.shape = { caps, info, layout, rows, scratch: rows.isSame ? undefined : new Uint8Array(rows.bytes) };
    if (this.pool === undefined || this.pool.slabBytes < layout.bytes) {
      this.pool = Pool.create(this.options.arena, { name: this.options.owner ?? this.name, slabBytes: layout.bytes, limit: this.limit });
      this.ownPools.push(this.pool);
    }
    return this.shape;
  }
}

interface PictureShape {
  readonly caps: string;
  readonly info: VideoStreamInfo;
  readonly layout: FrameLayout;
  readonly rows: PictureRows;
  /** Where pictures come first whose rows do not lie in slabs as they do in the pipe. */
  readonly scratch: Uint8Array | undefined;
}
