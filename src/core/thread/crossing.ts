// A link whose two pads are in different threads. The near side is a `Crossing` in the place of what would handle the sink pad's
// buffers, the far side an `Arrival` that pushes them out of the src pad's double there.
//
// Buffers in transit are counted, and a push that finds their number at its limit waits: backpressure works across threads as
// along any link, a few buffers later. Events travel among the buffers and count for nothing.
import type { Arena } from '../../memory/arena.ts';
import type { SrcPad } from '../element/pad.ts';
import { Rest } from '../queue/rest.ts';
import { StreamBuffer } from '../stream/buffer.ts';
import type { StreamEvent } from '../stream/event.ts';
import type { Flow, FlowReturn } from '../stream/flow-return.ts';
import type { Microseconds } from '../time/time.ts';
import type { CapsWire } from './wire-caps.ts';
import { ItemPacker, ItemUnpacker, type WireItem } from './wire-item.ts';

/** How many buffers may be on their way along one link. */
export const CROSSING_CAPACITY = 8;

export class Crossing {
  private readonly packer: ItemPacker;
  private readonly send: (item: WireItem) => void;
  private readonly failed: (error: unknown) => void;
  private readonly waiting: { item: StreamBuffer | StreamEvent; resolve?: (flow: FlowReturn) => void }[] = [];
  private inTransit = 0;
  private closedWith: FlowReturn = 'ok';
  private isCut = false;
  private readonly rest = new Rest();

  /** @param failed Called with what keeps a buffer from being sent. */
  constructor(wire: CapsWire, send: (item: WireItem) => void, failed: (error: unknown) => void) {
    this.packer = new ItemPacker(wire);
    this.send = send;
    this.failed = failed;
  }

  /** Resolves when everything has been taken on the far side; undefined when it has. */
  get busy(): Promise<void> | undefined {
    if (this.inTransit === 0 && this.waiting.length === 0) return undefined;
    return this.rest.next();
  }

  /** Buffers on their way. */
  get level(): number {
    return this.inTransit;
  }

  /** Whether a push would wait. */
  get isFull(): boolean {
    return this.closedWith === 'ok' && this.inTransit >= CROSSING_CAPACITY;
  }

  /** Takes a buffer over. */
  push(buffer: StreamBuffer): Flow {
    if (this.isCut) {
      buffer.release();
      return this.closedWith;
    }
    // What is pushed after the end is turned away, and counted, where the element is.
    if (this.closedWith === 'ok' && (this.inTransit >= CROSSING_CAPACITY || this.waiting.length > 0)) {
      return new Promise((resolve) => this.waiting.push({ item: buffer, resolve }));
    }
    this.dispatch(buffer);
    return this.closedWith;
  }

  pushEvent(event: StreamEvent): void {
    if (this.isCut) return;
    if (this.waiting.length > 0) this.waiting.push({ item: event });
    else this.dispatch(event);
  }

  /** The far side has taken a buffer. */
  taken(flow: FlowReturn): void {
    this.inTransit--;
    if (flow !== 'ok' && flow !== 'not-linked') this.close(flow);
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      if (next.item instanceof StreamBuffer && this.inTransit >= CROSSING_CAPACITY) break;
      this.waiting.shift();
      this.dispatch(next.item);
      next.resolve?.('ok');
    }
    this.settle();
  }

  /** Answers every push with `flow`; what waits goes to the far side all the same, which turns it away and counts it. */
  close(flow: Exclude<FlowReturn, 'ok'>): void {
    if (this.closedWith === 'ok' || this.closedWith === 'eos') this.closedWith = flow;
    for (const { item, resolve } of this.waiting.splice(0)) {
      this.dispatch(item);
      resolve?.(flow);
    }
  }

  /** There is no far side any more; every push is answered so. */
  cut(flow: Exclude<FlowReturn, 'ok'> = 'flushing'): void {
    if (this.closedWith === 'ok') this.closedWith = flow;
    this.isCut = true;
    for (const { item, resolve } of this.waiting.splice(0)) {
      if (item instanceof StreamBuffer) item.release();
      resolve?.(this.closedWith);
    }
    this.inTransit = 0;
    this.settle();
  }

  private dispatch(item: StreamBuffer | StreamEvent): void {
    let packed: WireItem;
    try {
      packed = this.packer.pack(item);
    } catch (error) {
      if (item instanceof StreamBuffer) item.release();
      this.failed(error);
      return;
    }
    if (packed.type === 'buffer') this.inTransit++;
    this.send(packed);
  }

  private settle(): void {
    if (this.inTransit === 0 && this.waiting.length === 0) this.rest.reached();
  }
}

export class Arrival {
  /** The last of each source that has come, and the end of it. */
  private readonly sources = new Map<string, { readonly source: string; readonly epoch: number; readonly end: Microseconds }>();
  private readonly unpacker: ItemUnpacker;
  private readonly pad: SrcPad;
  private readonly taken: (flow: FlowReturn) => void;

  /** @param taken Tells the near side that a buffer has been taken, and how. */
  constructor(pad: SrcPad, wire: CapsWire, arena: Arena, taken: (flow: FlowReturn) => void) {
    this.pad = pad;
    this.unpacker = new ItemUnpacker(wire, arena);
    this.taken = taken;
  }

  /** The latest epoch of what has come this way. */
  get epoch(): number {
    return Math.max(0, ...[...this.sources.values()].map(({ epoch }) => epoch));
  }

  /** Nothing comes for now, and nobody has to wait for it. */
  excuse(): void {
    for (const { source, epoch, end } of this.sources.values())
      void this.pad.pushEvent({ type: 'gap', pts: end, duration: 0, source, epoch });
  }

  receive(wire: WireItem): void {
    const item = this.unpacker.unpack(wire);
    if (!(item instanceof StreamBuffer)) {
      if (item.type === 'caps') this.pad.caps = item.caps;
      void this.pad.pushEvent(item);
      return;
    }
    const { source, epoch, pts, duration = 0 } = item;
    this.sources.set(source, { source, epoch, end: pts + duration });
    const flow = this.pad.push(item);
    if (flow instanceof Promise) void flow.then(this.taken);
    else this.taken(flow);
  }
}
