// Brings a child's sound into slabs, in stretches of one length. Their times follow from the count of samples, so that they do not
// drift from it by roundings; where the stream's own times leave that count for good, something was lost, and counting begins anew.
import { Pool } from '../../memory/pool.ts';
import type { FrameQueue } from '../child/frame-queue.ts';
import type { PipeBytes } from '../child/pipe-bytes.ts';
import type { Play } from '../child/play.ts';
import { type AudioStreamInfo, BYTES_PER_SAMPLE } from '../reader/audio-stream-info.ts';
import type { ReadOptions } from '../reader/media-reader.ts';
import type { FfmpegChild } from './ffmpeg-child.ts';
import type { SoundHead } from './ffmpeg-log.ts';

const CHUNK_US = 20_000;

/** How far a stream's times may be from the count of its samples: more is a hole, less the coarse clock of its container. */
const TOLERANCE_US = 60_000;

/** Who brings sound, of whatever make. */
export interface SoundSupply extends Pick<FfmpegChild, 'isSilent' | 'spoken'> {
  readonly log: Pick<FfmpegChild['log'], 'sounds'>;
  readonly sound: Pick<PipeBytes, 'read'>;
}

export class SoundFlow {
  readonly info: AudioStreamInfo;
  /** Stretches that were given. */
  count = 0;
  readonly pool: Pool;
  private readonly queue: FrameQueue;
  private readonly options: ReadOptions;
  private readonly frameBytes: number;
  private readonly chunk: Uint8Array;
  private filled = 0;
  /** Where counting began, in the input's own time, and the samples since that were given, and that came. */
  private baseUs = 0;
  private counted = 0;
  private received = 0;
  private begun = false;
  private lost = false;

  constructor(info: AudioStreamInfo, options: ReadOptions, queue: FrameQueue, name: string, limit: number) {
    this.info = info;
    this.options = options;
    this.queue = queue;
    this.frameBytes = info.channels * BYTES_PER_SAMPLE[info.format];
    const samples = Math.max(1, Math.round((info.rate * (options.audio?.chunkUs ?? CHUNK_US)) / 1e6));
    this.chunk = new Uint8Array(samples * this.frameBytes);
    this.pool = Pool.create(options.arena, { name: options.owner ?? name, slabBytes: this.chunk.length, limit });
  }

  /** Reads to the child's end, or the queue's. */
  async run(child: SoundSupply, play: Play): Promise<void> {
    this.begun = false;
    while (!this.queue.isOver) {
      const head = child.log.sounds.shift();
      if (head === undefined) {
        if (child.isSilent) break;
        await child.spoken();
        continue;
      }
      if (!(await this.read(child, head, play))) break;
    }
    await this.emit(play);
  }

  private async read(child: SoundSupply, { ptsUs, samples }: SoundHead, play: Play): Promise<boolean> {
    const expected = this.baseUs + (this.received * 1e6) / this.info.rate;
    const isStamped = ptsUs !== undefined && this.options.audio?.isCounted !== true;
    const isHole = this.begun && isStamped && Math.abs(ptsUs - expected) > TOLERANCE_US;
    if (isHole || !this.begun) {
      // What is held belongs to before.
      await this.emit(play);
      this.baseUs = Math.max(0, ptsUs ?? 0);
      this.counted = 0;
      this.received = 0;
      this.begun = true;
      this.lost ||= isHole;
    }
    this.received += samples;
    for (let left = samples * this.frameBytes; left > 0; ) {
      const wanted = Math.min(left, this.chunk.length - this.filled);
      const from = this.filled;
      const came = await child.sound.read(wanted, (piece, at) => this.chunk.set(piece, from + at));
      this.filled += came;
      left -= came;
      if (came < wanted) return false;
      if (this.filled === this.chunk.length) await this.emit(play);
    }
    return !this.queue.isOver;
  }

  private async emit(play: Play): Promise<void> {
    const samples = Math.floor(this.filled / this.frameBytes);
    const bytes = samples * this.frameBytes;
    this.filled = 0;
    if (samples === 0) return;
    const { rate } = this.info;
    const ownUs = this.baseUs + Math.round((this.counted * 1e6) / rate);
    this.counted += samples;
    const durationUs = this.baseUs + Math.round((this.counted * 1e6) / rate) - ownUs;
    const slab = await this.queue.slab(this.pool);
    if (slab === undefined) {
      this.lost = true;
      return;
    }
    this.options.arena.bytes(slab.offset, bytes).set(this.chunk.subarray(0, bytes));
    this.count++;
    const discont = this.lost;
    this.lost = false;
    const { capturedAtUs, ...moment } = play.moment(ownUs, durationUs);
    // What came last had its end when it came.
    const heardUs = this.baseUs + Math.round((this.received * 1e6) / rate) - ownUs;
    const began = capturedAtUs === undefined ? undefined : capturedAtUs - heardUs;
    this.queue.put({ kind: 'audio', slab, ...moment, capturedAtUs: began, durationUs, discont, samples, info: this.info });
  }
}
