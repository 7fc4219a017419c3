// What comes of a live reader, one by one. What has come while the graph was made is old: of it only the latest is given.
import type { MediaFrame } from './media-frame.ts';

/** A frame, or a promise of one; undefined at the end. */
export type Coming<Frame extends MediaFrame = MediaFrame> = Frame | undefined | Promise<Frame | undefined>;

export class NewestFirst<Frame extends MediaFrame> {
  private readonly take: () => Coming<Frame>;
  private isFirst: boolean;
  private pending: Promise<Frame | undefined> | undefined;

  /**
   * @param take Takes the next frame of the reader.
   * @param isLive What is not live is given whole.
   */
  constructor(take: () => Coming<Frame>, isLive = true) {
    this.take = take;
    this.isFirst = isLive;
  }

  /** The next frame. A promise of one stays the next until it was `taken`. */
  get next(): Coming<Frame> {
    if (this.pending !== undefined) return this.pending;
    const coming = this.isFirst ? this.latest() : this.take();
    if (coming instanceof Promise) this.pending = coming;
    return coming;
  }

  /** The frame that was promised is given. */
  taken(): void {
    this.pending = undefined;
  }

  private latest(): Coming<Frame> {
    this.isFirst = false;
    let latest: Frame | undefined;
    for (;;) {
      const coming = this.take();
      if (coming === undefined || coming instanceof Promise) {
        if (latest === undefined) return coming;
        this.pending = coming;
        return latest;
      }
      latest?.slab.release();
      latest = coming;
    }
  }
}
