// What is to be told of one of a file's two streams while the other one goes on: that it has not begun yet, that it is over, or that
// its sound has a hole. Without it, whoever joins them waits for what will not come, and holds up the file meanwhile.
//
// Of beginnings and ends the container tells. Of pictures that leave off in the middle nothing is said: their decoder may hold some.
import type { Microseconds } from '../../core/time/time.ts';
import type { MediaFrame } from './media-frame.ts';
import { isSpent, type StreamExtents } from './stream-extent.ts';

/** Sound so far behind the pictures has a hole: in files it lies closer to them. */
const HOLE_US = 1_000_000;

type Kind = MediaFrame['kind'];

export interface StreamGap {
  readonly kind: Kind;
  readonly pts: Microseconds;
  readonly duration: Microseconds;
  readonly epoch: number;
}

export class StreamGaps {
  /** Where the file's last stream ends, of what has been given. */
  end: Microseconds = 0;
  private readonly extents: Partial<StreamExtents>;
  /** How far each stream is known to have come. */
  private readonly told = { video: 0, audio: 0 };
  private readonly hasBegun = { video: false, audio: false };
  /** Where this play of the file begins. */
  private base: Microseconds = 0;
  private epoch = 0;

  constructor(extents: Partial<StreamExtents> = {}) {
    this.extents = extents;
  }

  /** A frame is about to be given; what is to be told before of the file's other stream. */
  before({ kind, ptsUs, durationUs = 0, epoch }: MediaFrame): StreamGap | undefined {
    if (epoch !== this.epoch) {
      this.epoch = epoch;
      this.base = this.end;
      Object.assign(this.hasBegun, { video: false, audio: false });
    }
    this.hasBegun[kind] = true;
    this.told[kind] = Math.max(this.told[kind], ptsUs + durationUs);
    this.end = Math.max(this.end, ptsUs + durationUs);
    const other: Kind = kind === 'video' ? 'audio' : 'video';
    const pts = this.told[other];
    const until = this.nothingUntil(other, ptsUs);
    if (until <= pts) return undefined;
    this.told[other] = until;
    return { kind: other, pts, duration: until - pts, epoch };
  }

  /** Up to where nothing of a stream can come any more, now that the other one is at `at`. */
  private nothingUntil(kind: Kind, at: Microseconds): Microseconds {
    const { base } = this;
    const told = Math.max(this.told[kind], base);
    const extent = this.extents[kind];
    // What came before has been given whole.
    let until = base;
    if (extent !== undefined && !this.hasBegun[kind]) until = Math.min(at, base + extent.startUs);
    if (extent !== undefined && isSpent(extent, told - base, at - base)) until = at;
    return kind === 'audio' ? Math.max(until, at - HOLE_US) : until;
  }
}
