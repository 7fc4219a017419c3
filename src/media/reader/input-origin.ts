import type { Microseconds } from '../../core/time/time.ts';

/** Coders begin a little early: sound before the pictures, or what only fills their filters. */
const EARLY: Microseconds = 1_000_000;

/**
 * From where the times of an input count. Those that fall far behind where it began, because what wrote or sent it has had its clock set
 * back, begin anew from 0, and go on from there; what becomes of times that fall back is for the graph to decide.
 */
export class InputOrigin<Stream = unknown> {
  private readonly origins = new Map<Stream, Microseconds>();
  /** Of the stream that fell back last: the others of the input fall back with it. */
  private latest: Microseconds = 0;

  /** @param own Since the input's beginning, by its own times. @returns Never less than 0. */
  since(own: Microseconds, stream: Stream): Microseconds {
    let origin = this.origins.get(stream);
    if (origin === undefined) origin = 0;
    else if (own - origin < -EARLY) {
      origin = Math.abs(own - this.latest) < EARLY ? this.latest : own;
      this.latest = origin;
    }
    this.origins.set(stream, origin);
    return Math.max(0, own - origin);
  }

  /** The input begins anew. */
  restart(): void {
    this.origins.clear();
    this.latest = 0;
  }
}
