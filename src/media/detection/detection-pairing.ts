// Finds the detections that belong to a frame when both have gone different ways, the same at any speed: per source, by pts,
// epochs before times. A frame is settled when its detections are there, or when it is certain that none will come: a later
// set, a gap that reaches beyond it, or the end. Detections under a name that no frame bears (an application's, say) serve the
// frames of a source that has none of its own.
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import type { Microseconds } from '../../core/time/time.ts';
import type { DetectionSet } from './detections.ts';

/** A moment of a source. */
type Moment = Pick<StreamBuffer, 'source' | 'epoch' | 'pts'>;

interface Waiting {
  readonly epoch: number;
  readonly pts: Microseconds;
  readonly set: DetectionSet;
}

interface Stream {
  /** Sets whose frames have not come yet, in order. */
  readonly ahead: Waiting[];
  /** Nothing earlier than this will come. */
  epoch: number;
  until: Microseconds;
  /** The set of the latest frame that had one. */
  last: DetectionSet | undefined;
}

export class DetectionPairing {
  /** By the source of the detections. */
  private readonly streams = new Map<string, Stream>();
  /** The sources of the frames. */
  private readonly frames = new Set<string>();
  private ended = false;
  private count = 0;

  /** How many sets wait for their frames. */
  get waiting(): number {
    return this.count;
  }

  /** Takes a set. */
  add({ source, epoch, pts }: Moment, set: DetectionSet): void {
    const stream = this.streamOf(source);
    stream.ahead.push({ epoch, pts, set });
    this.count++;
    settle(stream, epoch, pts);
  }

  /** Nothing earlier than `until` will come from a source. */
  settle(source: string, epoch: number, until: Microseconds): void {
    settle(this.streamOf(source), epoch, until);
  }

  /** No more sets of an epoch of a source will come, nor of those before it. */
  endSets(source: string, epoch: number): void {
    const stream = this.streams.get(source);
    if (stream !== undefined) settle(stream, epoch + 1, Number.NEGATIVE_INFINITY);
  }

  /** Neither frames nor sets of a source will come. Sets under a name that no frame bears are those of frames that may come yet. */
  forget(source: string): void {
    if (!this.frames.delete(source)) return;
    this.count -= this.streams.get(source)?.ahead.length ?? 0;
    this.streams.delete(source);
  }

  /** How many sources are known, of frames or of sets. */
  get sourceCount(): number {
    return new Set([...this.streams.keys(), ...this.frames]).size;
  }

  /** Nothing more will come at all. */
  end(): void {
    this.ended = true;
  }

  /** Forgets sets of frames before a moment: those frames will not come. */
  pass(moment: Moment): void {
    const stream = this.streamFor(moment.source);
    if (stream !== undefined) this.skip(stream, moment);
  }

  /** The set of a frame; `none` for certain; undefined while that is open. Frames of a source come in order. */
  match(frame: Moment): DetectionSet | 'none' | undefined {
    const stream = this.streamFor(frame.source);
    if (stream === undefined) return this.ended ? 'none' : undefined;
    this.skip(stream, frame);
    const first = stream.ahead[0];
    if (first !== undefined && first.epoch === frame.epoch && first.pts === frame.pts) {
      stream.last = first.set;
      this.shift(stream);
      return first.set;
    }
    const isSettled = this.ended || isBefore(frame, { epoch: stream.epoch, pts: stream.until });
    return isSettled ? 'none' : undefined;
  }

  /** The last set of a source up to the frame matched last. */
  lastOf(source: string): DetectionSet | undefined {
    return this.streamFor(source)?.last;
  }

  private skip(stream: Stream, moment: Moment): void {
    for (let first = stream.ahead[0]; first !== undefined && isBefore(first, moment); first = stream.ahead[0]) {
      stream.last = first.set;
      this.shift(stream);
    }
  }

  /** Where the detections of a source's frames are found, if any have been heard of. */
  private streamFor(source: string): Stream | undefined {
    this.frames.add(source);
    const own = this.streams.get(source);
    if (own !== undefined) return own;
    for (const [name, stream] of this.streams) if (!this.frames.has(name)) return stream;
    return undefined;
  }

  private shift(stream: Stream): void {
    stream.ahead.shift();
    this.count--;
  }

  private streamOf(source: string): Stream {
    let stream = this.streams.get(source);
    if (stream === undefined) {
      stream = { ahead: [], epoch: 0, until: Number.NEGATIVE_INFINITY, last: undefined };
      this.streams.set(source, stream);
    }
    return stream;
  }
}

function settle(stream: Stream, epoch: number, until: Microseconds): void {
  if (!isBefore({ epoch: stream.epoch, pts: stream.until }, { epoch, pts: until })) return;
  stream.epoch = epoch;
  stream.until = until;
}

function isBefore(one: Pick<Waiting, 'epoch' | 'pts'>, other: Pick<Waiting, 'epoch' | 'pts'>): boolean {
  return one.epoch < other.epoch || (one.epoch === other.epoch && one.pts < other.pts);
}
