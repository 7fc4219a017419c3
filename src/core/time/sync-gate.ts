// Keeps an element to the clock: each buffer is let to its hook when its running time plus the pipeline's latency has come, less
// what those behind the element take of that. What
// is later than the element bears is dropped with the cause `late`, and upstream is told from when on work is of use again.
import type { StreamBuffer } from '../stream/buffer.ts';
import type { SegmentEvent } from '../stream/event.ts';
import type { SyncOptions } from './sync-options.ts';
import type { Microseconds } from './time.ts';
import type { Timeline } from './timeline.ts';

export type Arrival = 'now' | 'late' | 'flushing';

export class SyncGate {
  /** How much later than due the last buffer was that came; negative where it was early. */
  jitter: Microseconds = 0;
  readonly options: SyncOptions;
  private readonly element: string;
  private readonly timeline: Timeline;
  private readonly signal: AbortSignal;
  private readonly segments = new Map<string | undefined, SegmentEvent>();
  private waiting = 0;

  constructor(element: string, options: SyncOptions, timeline: Timeline, signal: AbortSignal) {
    this.element = element;
    this.options = options;
    this.timeline = timeline;
    this.signal = signal;
  }

  /** Whether a buffer waits until it is due. */
  get isWaiting(): boolean {
    return this.waiting > 0;
  }

  /** How the times of what follows map to running time. */
  segment(event: SegmentEvent): void {
    this.segments.set(event.source, event);
  }

  /** Nothing more comes of a source. */
  forget(source: string): void {
    this.segments.delete(source);
  }

  /** Waits until a buffer is due. */
  pass(buffer: StreamBuffer): Arrival | Promise<Arrival> {
    const { offsetMs, maxLatenessMs } = this.options;
    const due = this.runningTimeOf(buffer) + this.timeline.latencyAt(this.element) + offsetMs * 1000;
    this.jitter = this.timeline.now - due;
    if (maxLatenessMs !== null && this.jitter > maxLatenessMs * 1000) return 'late';
    if (this.jitter >= 0) return 'now';
    this.waiting++;
    return this.timeline.until(due, this.signal).then((reached) => {
      this.waiting--;
      return reached ? 'now' : 'flushing';
    });
  }

  /**
   * The pts from which on work for a late buffer's successors is of use again: its own, and twice by how much it was late, since
   * what is under way now will be as late (GStreamer's rule, in design/qos.md).
   */
  earliestAfter(late: StreamBuffer): Microseconds {
    return late.pts + 2 * Math.max(0, this.jitter) + (late.duration ?? 0);
  }

  private runningTimeOf({ pts, source }: StreamBuffer): Microseconds {
    const segment = this.segments.get(source) ?? this.segments.get(undefined);
    return segment === undefined ? pts : pts - segment.start + segment.base;
  }
}
