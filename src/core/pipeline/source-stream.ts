import type { StreamBuffer } from '../stream/buffer.ts';
import type { Microseconds } from '../time/time.ts';

/** How far one of a source's streams has come: each of its src pads has a stream of its own. */
export class SourceStream {
  /** The number of its next buffer. */
  sequence = 0;
  /** Something was lost after its last buffer. */
  hasLost = false;
  /** Nobody takes what it gives any more. */
  isOver = false;
  lastPts: Microseconds = Number.NEGATIVE_INFINITY;
  lastEnd: Microseconds = 0;
  private lastEpoch = 0;
  private lastSource = '';

  /** Whether a buffer may follow what came before: its times may fall back only where its source or epoch is another. */
  isInOrder({ pts, epoch, source }: StreamBuffer): boolean {
    return pts >= this.lastPts || epoch !== this.lastEpoch || source !== this.lastSource;
  }

  passed(pts: Microseconds, duration: Microseconds, epoch: number, source: string): void {
    this.lastPts = pts;
    this.lastEnd = pts + duration;
    this.lastEpoch = epoch;
    this.lastSource = source;
  }
}
