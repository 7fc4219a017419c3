// What the ledger writes down of one element, from the first that is seen of it to its end, though it be taken out of the graph.
import type { Element } from '../core/element/element.ts';
import type { SinkPad, SrcPad } from '../core/element/pad.ts';

/** How much an element can have been sent. */
export interface Sent {
  readonly least: number;
  readonly most: number;
}

export class ElementBook {
  readonly element: Element;
  /** Buffers that it counted as received and lost before they were any. */
  unborn = 0;
  /** Buffers that came to its hooks, less those that it told of; of an element that holds back. */
  held = 0;
  /** The number of the last buffer, by pad and stream. */
  readonly last = new Map<string, number>();
  /** What it sent with `context.push`, by pad. */
  private readonly pushed = new Map<string, number>();
  private pushedTotal = 0;
  private first: string | undefined;
  /** Its links when they were looked at last. */
  private readonly links = new Map<SinkPad, SrcPad>();
  /** What had come by then. */
  private arrived = 0;
  /** What its src pads had sent when they were looked at last. */
  private readonly sentBefore = new Map<string, number>();

  constructor(element: Element) {
    this.element = element;
  }

  push(pad: string, count: number): void {
    this.pushed.set(pad, (this.pushed.get(pad) ?? 0) + count);
    this.pushedTotal += count;
  }

  keep(count: number): void {
    if (this.element.definition.holdsBack === true) this.held += count;
  }

  /** What a src pad has sent so far: what hooks gave back leaves by the first. */
  private sentBy(name: string): number {
    const own = this.pushed.get(name) ?? 0;
    this.first ??= this.element.srcPads.keys().next().value;
    return name === this.first ? own + this.element.statistics.produced - this.pushedTotal : own;
  }

  /** What was sent since the last time this was noted. */
  sentSince(pad: SrcPad): number {
    return this.sentBy(pad.name) - (this.sentBefore.get(pad.name) ?? 0);
  }

  /** Notes what has been sent up to now, once all have been asked what was sent since. */
  note(): void {
    for (const name of this.element.srcPads.keys()) this.sentBefore.set(name, this.sentBy(name));
    // Of pads that have gone, too: others may get their names.
    for (const name of this.pushed.keys()) this.sentBefore.set(name, this.sentBy(name));
  }

  /**
   * What it can have been sent up to now. Of a link that has been changed since the last time, any part may have come by it of what
   * was sent since.
   */
  sentTo(sentSince: (pad: SrcPad) => number): Sent {
    const { sinkPads } = this.element;
    let least = this.arrived;
    let doubtful = 0;
    for (const [pad, before] of this.links) {
      if (pad.peer === before && sinkPads.get(pad.name) === pad) least += sentSince(before);
      else doubtful += sentSince(before);
    }
    for (const pad of sinkPads.values()) if (this.isChanged(pad)) doubtful += sentSince(pad.peer!);
    return { least, most: least + doubtful };
  }

  /** So much has come; the links are as they are now. */
  settle(arrived: number): void {
    this.arrived = arrived;
    const { sinkPads } = this.element;
    for (const [pad, before] of this.links) if (pad.peer !== before || sinkPads.get(pad.name) !== pad) this.links.delete(pad);
    for (const pad of sinkPads.values()) if (this.isChanged(pad)) this.links.set(pad, pad.peer!);
  }

  private isChanged(pad: SinkPad): boolean {
    return pad.peer !== undefined && this.links.get(pad) !== pad.peer;
  }
}
