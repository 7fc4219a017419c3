// Hands decoded pictures over: a new writer, and a note, whenever their size or format changes.
import type { Stream } from 'node-av/lib';
import type { Pool } from '../../memory/pool.ts';
import type { VideoWish } from '../reader/media-reader.ts';
import type { VideoStreamInfo } from '../video/video-stream-info.ts';
import { FrameFlag, RecordKind } from './frame-ring.ts';
import { FrameWriter, outputFormat } from './frame-writer.ts';
import type { DecodedMoment } from './media-decoder.ts';
import type { Outflow } from './outflow.ts';
import { orientationOfStream, type PictureTraits, streamInfo } from './stream-info.ts';
import type { StreamNotes } from './stream-notes.ts';

export interface PictureSource {
  readonly stream: Stream;
  readonly container: string;
  readonly durationUs: number | undefined;
}

/** A stream's pictures as its container, or the last of them, describes them. */
export function describePictures(
  { stream, container, durationUs }: PictureSource,
  traits: PictureTraits,
  wish: VideoWish,
): VideoStreamInfo {
  return streamInfo(stream, container, durationUs, traits, outputFormat(traits.format, wish.format ?? 'I420'));
}

export class PictureOutput {
  private readonly outflow: Outflow;
  private readonly notes: StreamNotes;
  private readonly wish: VideoWish;
  private readonly poolOf: (slabBytes: number) => Pool;
  private pool: Pool | undefined;
  private writer: FrameWriter | undefined;
  private traits = '';
  private info = 0;
  private hasLost = false;

  /** @param pool The reader's own, if it has one. @param poolOf Makes one where there is none, or where its slabs are too small. */
  constructor(outflow: Outflow, notes: StreamNotes, wish: VideoWish, pool: Pool | undefined, poolOf: (slabBytes: number) => Pool) {
    this.outflow = outflow;
    this.notes = notes;
    this.wish = wish;
    this.pool = pool;
    this.poolOf = poolOf;
  }

  put({ decoder, ptsUs, durationUs, flags, epoch }: DecodedMoment, source: PictureSource, capturedAtUs: number): void {
    const picture = decoder.frame;
    const seen = `${picture.width} ${picture.height} ${picture.format} ${picture.colorSpace} ${picture.colorRange}`;
    if (this.writer === undefined || seen !== this.traits) this.begin(picture, source, seen);
    const slab = this.outflow.slab(this.pool!);
    if (slab === undefined) {
      this.hasLost = true;
      return;
    }
    try {
      this.writer!.write(picture, slab);
    } catch (error) {
      slab.release();
      throw error;
    }
    this.outflow.put({
      kind: RecordKind.picture,
      slab: slab.offset,
      ptsUs,
      durationUs: durationUs > 0 ? durationUs : -1,
      flags: this.hasLost ? flags | FrameFlag.discont : flags,
      epoch,
      info: this.info,
      capturedAtUs,
    });
    this.hasLost = false;
  }

  close(): void {
    this.writer?.close();
  }

  private begin(picture: DecodedMoment['decoder']['frame'], source: PictureSource, seen: string): void {
    this.writer?.close();
    this.writer = new FrameWriter(this.outflow.arena, picture, this.wish.format ?? 'I420', orientationOfStream(source.stream));
    this.traits = seen;
    const { bytes } = this.writer.layout;
    if (this.pool === undefined || this.pool.slabBytes < bytes) this.pool = this.poolOf(bytes);
    this.info = this.notes.video(describePictures(source, picture, this.wish), this.pool.handle);
  }
}
