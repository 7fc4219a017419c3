// How much stream time lies between what a queue holds: the most of any one source. Times of different sources are not compared,
// and where an epoch begins anew at an earlier time, time goes on from the end of the one before.
//
// What enters is given a mark. Marks never fall, and the span of what is inside is the newest less the oldest.
import type { StreamBuffer } from '../stream/buffer.ts';
import type { Microseconds } from '../time/time.ts';

interface Track {
  /** Of its newest buffer. */
  readonly mark: Microseconds;
  readonly pts: Microseconds;
  readonly duration: Microseconds;
}

export class QueueSpan {
  private newest: Microseconds = 0;
  private readonly tracks = new Map<string, Track>();

  /** The mark that a buffer would have. @param oldest The mark of the oldest inside; undefined where nothing is. */
  markOf({ source, pts }: StreamBuffer, oldest: Microseconds | undefined): Microseconds {
    const track = this.tracks.get(source);
    // Of a source that has nothing inside no time is held either.
    if (track === undefined || oldest === undefined || track.mark < oldest) return this.newest;
    return Math.max(this.newest, track.mark + (pts >= track.pts ? pts - track.pts : track.duration));
  }

  /** Takes a buffer in; returns its mark. */
  enter(buffer: StreamBuffer, oldest: Microseconds | undefined): Microseconds {
    const mark = this.markOf(buffer, oldest);
    // Sources come and go, and nothing of them must stay.
    if (oldest === undefined) this.tracks.clear();
    this.newest = mark;
    this.tracks.set(buffer.source, { mark, pts: buffer.pts, duration: buffer.duration ?? 0 });
    return mark;
  }
}
