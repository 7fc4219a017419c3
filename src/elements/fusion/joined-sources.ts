// Joins several sources that come by the same inputs: each source, and each epoch of it, has a join of its own, as if it were
// alone. It begins when the first is heard of the source, and is over when that has ended, or has gone on to another epoch, at
// every input: one that has not heard of it yet may be slow. What is left of an epoch leaves before anything of the next.
import type { ElementContext } from '../../core/element/element-context.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import type { GapEvent, SourceEndEvent } from '../../core/stream/event.ts';
import type { Flow } from '../../core/stream/flow-return.ts';
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
  /** By source: what is left of epochs that are over. */
  private readonly leaving = new Map<string, Promise<void>>();
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
    this.endBefore(pad, buffer, buffer.epoch);
    return others(stream.take(pad, buffer));
  }

  gap(pad: string, until: number, event: GapEvent): Flow {
    const { stream } = this.trackOf(event);
    this.endBefore(pad, event, event.epoch);
    return others(stream.gap(pad, until, event));
  }

  end(pad: string): void {
    this.ended.add(pad);
    for (const track of [...this.tracks.values()]) this.endOf(track, pad);
  }

  sourceEnded(pad: string, event: SourceEndEvent): void {
    this.endBefore(pad, event, event.epoch + 1);
  }

  /** A source has ended at every input that has heard of it; those downstream are told behind its last set. */
  sourceEnd(event: SourceEndEvent, pass: () => Flow): Flow {
    // An input that has not heard of it yet says so when it has, and ended.
    if (this.tracks.has(keyOf(event))) return 'ok';
    const leaving = this.leaving.get(event.source);
    return leaving === undefined ? pass() : leaving.then(pass);
  }

  async drain(): Promise<undefined> {
    for (const { stream } of [...this.tracks.values()]) await stream.drain();
    await Promise.all(this.leaving.values());
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
    const leaving = this.leaving.get(source);
    if (leaving !== undefined) stream.follow(leaving);
    for (const pad of this.ended) this.endOf(track, pad);
    if (this.isClosing) stream.flush();
    return track;
  }

  /** Nothing comes by an input any more of a source's epochs before this one. */
  private endBefore(pad: string, { source }: Pick<StreamBuffer, 'source'>, epoch: number): void {
    for (const track of [...this.tracks.values()]) if (track.source === source && track.epoch < epoch) this.endOf(track, pad);
  }

  private tellFault(): void {
    const { fault } = this;
    this.fault = undefined;
    if (fault !== undefined) throw fault;
  }

  private endOf(track: Track, pad: string): void {
    const { stream, ended } = track;
    if (ended.has(pad) || !this.plan.pads.includes(pad)) return;
    ended.add(pad);
    stream.end(pad);
    if (this.plan.pads.every((one) => ended.has(one))) this.finish(track);
  }

  /** A source, or an epoch of it, is over. */
  private finish(track: Track): void {
    const { source, stream } = track;
    this.tracks.delete(keyOf(track));
    const left = Promise.all([this.leaving.get(source), this.leave(track.stream)]).then(() => {
      if (this.leaving.get(source) === left) this.leaving.delete(source);
    });
    this.leaving.set(source, left);
    if (stream.isBusy) for (const other of this.tracks.values()) if (other.source === source) other.stream.follow(left);
  }

  private async leave(stream: JoinedStream): Promise<void> {
    try {
      await stream.drain();
    } catch (error) {
      // Nobody brings more of it: whoever brings the next of another is told.
      this.fault = error;
    }
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
