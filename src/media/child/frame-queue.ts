// Frames on their way from a child to the reader. A file's child is held back when nobody takes them; what is live is not: a frame
// that finds no room, or no slab, is left out and counted.
import type { Pool } from '../../memory/pool.ts';
import type { Slab } from '../../memory/slab.ts';
import type { MediaFrame } from '../reader/media-frame.ts';

export class FrameQueue {
  overruns = 0;
  private readonly frames: MediaFrame[] = [];
  private readonly ahead: number;
  private readonly isLive: boolean;
  private readonly waiting: (() => void)[] = [];
  private reader: { resolve(frame: MediaFrame | undefined): void; reject(reason: unknown): void } | undefined;
  private end: { readonly error: unknown } | undefined;

  constructor(ahead: number, isLive: boolean) {
    this.ahead = ahead;
    this.isLive = isLive;
  }

  get isOver(): boolean {
    return this.end !== undefined;
  }

  /** A slab for a frame that there is room for; undefined when a live frame is lost, and at the end. */
  async slab(pool: Pool): Promise<Slab | undefined> {
    if (this.isOver) return undefined;
    if (this.isLive) {
      const slab = this.frames.length < this.ahead ? pool.tryAcquire() : undefined;
      if (slab === undefined) this.overruns++;
      return slab;
    }
    while (this.frames.length >= this.ahead && !this.isOver) await new Promise<void>((resolve) => this.waiting.push(resolve));
    if (this.isOver) return undefined;
    const slab = await pool.acquire();
    if (!this.isOver) return slab;
    slab.release();
    return undefined;
  }

  put(frame: MediaFrame): void {
    if (this.isOver) frame.slab.release();
    else if (this.reader === undefined) this.frames.push(frame);
    else {
      const { reader } = this;
      this.reader = undefined;
      reader.resolve(frame);
    }
  }

  /** No frame follows those that are in it. @param error Why, where that is no good end. */
  finish(error?: unknown): void {
    if (this.isOver) return;
    this.end = { error };
    for (const go of this.waiting.splice(0)) go();
    const { reader } = this;
    this.reader = undefined;
    if (error === undefined) reader?.resolve(undefined);
    else reader?.reject(error);
  }

  next(): MediaFrame | undefined | Promise<MediaFrame | undefined> {
    if (this.reader !== undefined) throw new TypeError('Cannot ask for a frame while the one asked for before is on its way');
    const frame = this.frames.shift();
    if (frame !== undefined) {
      this.waiting.shift()?.();
      return frame;
    }
    if (this.end === undefined) return new Promise((resolve, reject) => (this.reader = { resolve, reject }));
    const { error } = this.end;
    this.end = { error: undefined };
    if (error !== undefined) throw error;
    return undefined;
  }

  /** Gives everything back. */
  clear(error?: unknown): void {
    this.finish(error);
    this.end = { error: undefined };
    for (const { slab } of this.frames.splice(0)) slab.release();
  }
}
