// Joins several sources that come by the same inputs: each source, and each epoch of it, has a join of its own, as if it were
// alone. It begins when the first is heard of the source, and is over when that has ended, or has gone on to another epoch, at
// every input.
import type { ElementContext } from '../../core/element/element-context.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import type { GapEvent, SourceEndEvent } from '../../core/stream/event.ts';
import type { Flow, FlowReturn } from '../../core/stream/flow-return.ts';
import { JoinedStream, type StreamLimits, type StreamPlan } from './joined-stream.ts';

interface Track {
  readonly source: string;
  readonly epoch: number;
  readonly stream: JoinedStream;
  /** Pads by which nothing more comes of it. */
  readonly ended: Set<string>;
}

export class JoinedSources {
  private readonly context: ElementContext;
  private readonly limits: StreamLimits;
  private readonly tracks = new Map<string, Track>();
  private readonly ended = new Set<string>();
  private plan!: StreamPlan;
  private isClosing = false;
  private fault: unknown;

  constructor(context: ElementContext, limits: StreamLimits) {
    this.context = context;
    this.limits = limits;
  }

  prepare(plan: StreamPlan): void {
    this.plan = plan;
    for (const { stream } of this.tracks.values()) stream.prepare(plan);
  }

  take(pad: string, buffer: StreamBuffer): Flow {
    this.tellFault();
    const { stream } = this.trackOf(buffer);
    this.endOlder(pad, buffer);
    return others(stream.take(pad, buffer));
  }

  gap(pad: string, until: number, event: GapEvent): Flow {
    return others(this.trackOf(event).stream.gap(pad, until, event));
  }

  end(pad: string): void {
    this.ended.add(pad);
    for (const track of this.tracks.values()) this.endOf(track, pad);
  }

  /** A source has ended at every input; those downstream are told behind its last set. */
  async sourceEnd({ source, epoch }: SourceEndEvent, pass: () => Flow): Promise<FlowReturn> {
    const track = this.tracks.get(keyOf({ source, epoch }));
    if (track !== undefined) {
      for (const pad of this.plan.pads) this.endOf(track, pad);
      await track.stream.drain();
      this.tracks.delete(keyOf(track));
    }
    return pass();
  }

  async drain(): Promise<undefined> {
    for (const { stream } of [...this.tracks.values()]) await stream.drain();
    this.tellFault();
    return undefined;
  }

  flush(): void {
    this.isClosing = true;
    for (const { stream } of this.tracks.values()) stream.flush();
  }

  close(): void {
    this.flush();
  }

  private trackOf({ source, epoch }: Pick<StreamBuffer, 'source' | 'epoch'>): Track {
    const key = keyOf({ source, epoch });
    const known = this.tracks.get(key);
    if (known !== undefined) return known;
    const stream = new JoinedStream(this.context, this.limits);
    stream.prepare(this.plan);
    const track: Track = { source, epoch, stream, ended: new Set() };
    this.tracks.set(key, track);
    for (const pad of this.ended) this.endOf(track, pad);
    if (this.isClosing) stream.flush();
    return track;
  }

  /** An input that has gone on to another epoch has ended in the one before. */
  private endOlder(pad: string, { source, epoch }: StreamBuffer): void {
    for (const track of this.tracks.values()) {
      if (track.source !== source || track.epoch >= epoch) continue;
      this.endOf(track, pad);
      if (!this.plan.pads.every((one) => track.ended.has(one))) continue;
      this.tracks.delete(keyOf(track));
      // Nobody brings more of it, and whoever brings the next of another is told.
      track.stream.drain().catch((error: unknown) => {
        this.fault = error;
      });
    }
  }

  private tellFault(): void {
    const { fault } = this;
    this.fault = undefined;
    if (fault !== undefined) throw fault;
  }

  private endOf({ stream, ended }: Track, pad: string): void {
    if (ended.has(pad) || !this.plan.pads.includes(pad)) return;
    ended.add(pad);
    stream.end(pad);
  }
}

function keyOf({ source, epoch }: Pick<StreamBuffer, 'source' | 'epoch'>): string {
  return `${epoch} ${source}`;
}

/** The join of one source is over; others come by the same input. */
function others(flow: Flow): Flow {
  if (flow instanceof Promise) return flow.then((result) => (result === 'eos' ? 'ok' : result));
  return flow === 'eos' ? 'ok' : flow;
}
