// How far the streams have come that go along a link, so that those behind it can be told when something of them is lost.
import { StreamBuffer } from '../stream/buffer.ts';
import type { GapEvent, PartGap, StreamEvent } from '../stream/event.ts';
import type { Microseconds } from '../time/time.ts';

interface StreamEnd {
  epoch: number;
  /** The end of what came last of it. */
  end: Microseconds;
}

/** What to say of one of several streams that travel as one. */
type PartEnd = { -readonly [Key in keyof PartGap]: PartGap[Key] };

export class StreamEnds {
  private readonly sources = new Map<string, StreamEnd>();
  /** Of streams that travel as one, in batches, by source and number. */
  private readonly parts = new Map<string, Map<number, PartEnd>>();

  /** The latest epoch that anything had. */
  get epoch(): number {
    return Math.max(0, ...[...this.sources.values()].map(({ epoch }) => epoch));
  }

  note(item: StreamBuffer | StreamEvent): void {
    if (item instanceof StreamBuffer) {
      this.reach(item.source, item.epoch, item.pts + (item.duration ?? 0));
      if (item.meta.parts !== undefined) this.noteParts(item.source, item.meta.parts);
    } else if (item.type === 'gap') {
      this.reach(item.source, item.epoch, item.pts + item.duration);
      if (item.parts !== undefined) this.noteParts(item.source, item.parts);
    } else if (item.type === 'stream-start') {
      if (!this.sources.has(item.source)) this.reach(item.source, item.epoch, 0);
    } else if (item.type === 'source-end') {
      this.sources.delete(item.source);
      this.parts.delete(item.source);
    }
  }

  /** What to say here of streams that have come as far as `others` say, and of which nothing more comes for now. */
  gapsTo(others: readonly StreamEnds[]): GapEvent[] {
    return [...this.sources].map(([source, own]) => {
      const ends = others.flatMap(({ sources }) => sources.get(source) ?? []);
      const epoch = Math.max(own.epoch, ...ends.map((one) => one.epoch));
      const end = Math.max(...[own, ...ends].filter((one) => one.epoch === epoch).map((one) => one.end));
      const pts = epoch === own.epoch ? own.end : end;
      const parts = new Map([this, ...others].flatMap((one) => [...(one.parts.get(source) ?? [])]));
      const told = parts.size === 0 ? {} : { parts: [...parts.values()].map((part) => ({ ...part })) };
      return { type: 'gap', pts, duration: end - pts, source, epoch, ...told };
    });
  }

  private reach(source: string, epoch: number, end: Microseconds): void {
    const known = this.sources.get(source);
    if (known === undefined) this.sources.set(source, { epoch, end });
    else if (epoch !== known.epoch) Object.assign(known, { epoch, end });
    else if (end > known.end) known.end = end;
  }

  private noteParts(source: string, parts: readonly PartGap[]): void {
    const known = this.parts.get(source) ?? new Map<number, PartEnd>();
    this.parts.set(source, known);
    for (const part of parts) {
      const { stream, source: own, epoch, isLast = false } = part;
      const pts = part.pts + part.duration;
      const before = known.get(stream);
      if (before === undefined) known.set(stream, { stream, pts, duration: 0, source: own, epoch, isLast });
      else Object.assign(before, { pts, source: own, epoch, isLast });
    }
  }
}
