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
import type { StreamEnds } from './stream-ends.ts';
import type { CapsWire } from './wire-caps.ts';
import { ItemPacker, ItemUnpacker, type WireItem } from './wire-item.ts';

/** How many buffers may be on their way along one link. */
export const CROSSING_CAPACITY = 8;

export class Crossing {
  protected packer: ItemPacker;
  protected send: (item: WireItem) => void;
  private readonly failed: (error: unknown) => void;
  protected readonly waiting: { item: StreamBuffer | StreamEvent; resolve?: (flow: FlowReturn) => void }[] = [];
  protected inTransit = 0;
  protected closedWith: FlowReturn = 'ok';
  protected isCut = false;
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
      this.turnAway(buffer);
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
    this.pump();
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
    this.empty();
  }

  /** Nothing of what is on its way, or waits to be, will come to the far side. */
  protected empty(): void {
    for (const { item, resolve } of this.waiting.splice(0)) {
      if (item instanceof StreamBuffer) this.turnAway(item);
      resolve?.(this.closedWith);
    }
    this.inTransit = 0;
    this.settle();
  }

  /** Lets go of a buffer that goes nowhere. */
  protected turnAway(buffer: StreamBuffer): void {
    buffer.release();
  }

  /** Sends what waits, as far as there is room. */
  protected pump(): void {
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      if (next.item instanceof StreamBuffer && this.inTransit >= CROSSING_CAPACITY) break;
      this.waiting.shift();
      this.dispatch(next.item);
      next.resolve?.('ok');
    }
    this.settle();
  }

  protected dispatch(item: StreamBuffer | StreamEvent): void {
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

  protected settle(): void {
    if (this.inTransit === 0 && this.waiting.length === 0) this.rest.reached();
  }
}

export class Arrival {
  private readonly ends: StreamEnds | undefined;
  private readonly unpacker: ItemUnpacker;
  private readonly pad: SrcPad;
  private readonly taken: (flow: FlowReturn) => void;

  /**
   * @param taken Tells the near side that a buffer has been taken, and how.
   * @param ends Told how far what comes this way has come.
   */
  constructor(pad: SrcPad, { wire, arena }: { wire: CapsWire; arena: Arena }, taken: (flow: FlowReturn) => void, ends?: StreamEnds) {
    this.pad = pad;
    this.unpacker = new ItemUnpacker(wire, arena);
    this.taken = taken;
    this.ends = ends;
  }

  receive(wire: WireItem): void {
    const item = this.unpacker.unpack(wire);
    this.ends?.note(item);
    if (!(item instanceof StreamBuffer)) {
      if (item.type === 'caps') this.pad.caps = item.caps;
      void this.pad.pushEvent(item);
      return;
    }
    const flow = this.pad.push(item);
    if (flow instanceof Promise) void flow.then(this.taken);
    else this.taken(flow);
  }
}
