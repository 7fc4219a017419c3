// The frames of a queue as a reader gives them: counted, and not waited for without an end, since programs do not always end when the
// other side falls silent.
import type { MediaFrame } from '../reader/media-frame.ts';
import type { FrameQueue } from './frame-queue.ts';

export class WatchedFrames {
  /** How many were given. */
  count = 0;
  private readonly queue: FrameQueue;
  private readonly patienceMs: number | undefined;
  private readonly late: () => void;

  /**
   * @param patienceMs For how long a frame is waited for; undefined for ever.
   * @param late Ends the queue.
   */
  constructor(queue: FrameQueue, patienceMs: number | undefined, late: () => void) {
    this.queue = queue;
    this.patienceMs = patienceMs;
    this.late = late;
  }

  next(): MediaFrame | undefined | Promise<MediaFrame | undefined> {
    const frame = this.queue.next();
    if (frame instanceof Promise) return this.watched(frame);
    if (frame !== undefined) this.count++;
    return frame;
  }

  private async watched(coming: Promise<MediaFrame | undefined>): Promise<MediaFrame | undefined> {
    const watchdog = this.patienceMs === undefined ? undefined : setTimeout(this.late, this.patienceMs);
    try {
      const frame = await coming;
      if (frame !== undefined) this.count++;
      return frame;
    } finally {
      clearTimeout(watchdog);
    }
  }
}
