// The link into a thread as the pipeline keeps it: it outlives the thread. While there is none, what comes waits; another one is told
// first what the one before knew of the streams, and is given what waits then. What the one before had been sent is lost.
import { StreamBuffer } from '../stream/buffer.ts';
import { EOS, type StreamEvent } from '../stream/event.ts';
import type { Flow, FlowReturn } from '../stream/flow-return.ts';
import { StickyEvents } from '../stream/sticky-events.ts';
import { Crossing } from './crossing.ts';
import { StreamEnds } from './stream-ends.ts';
import type { CapsWire } from './wire-caps.ts';
import { ItemPacker, type WireItem } from './wire-item.ts';

/** What it is told of, and asks for. */
export interface LinkEnd {
  send(item: WireItem): void;
  /** Something cannot be sent. */
  failed(error: unknown): void;
  /** A buffer goes nowhere, since there is no thread any more. */
  turnedAway(buffer: StreamBuffer, cause: FlowReturn): void;
}

export class LastingCrossing extends Crossing {
  /** How far what has been sent has come. */
  readonly ends = new StreamEnds();
  /** How many buffers have come to it, those included that went nowhere. */
  count = 0;
  private readonly turnedAway: LinkEnd['turnedAway'];
  private readonly sticky = new StickyEvents();
  private hasEnded = false;
  private isSuspended = false;
  /** The next buffer comes after some that were lost. */
  private hasLost = false;

  constructor(wire: CapsWire, { send, failed, turnedAway }: LinkEnd) {
    super(wire, send, failed);
    this.turnedAway = turnedAway;
  }

  override get isFull(): boolean {
    return super.isFull || (this.isSuspended && this.closedWith === 'ok');
  }

  override push(buffer: StreamBuffer): Flow {
    if (!this.isSuspended) return super.push(buffer);
    if (this.closedWith === 'ok') return new Promise((resolve) => this.waiting.push({ item: buffer, resolve }));
    this.turnAway(buffer);
    return this.closedWith;
  }

  override pushEvent(event: StreamEvent): void {
    if (this.isSuspended) this.waiting.push({ item: event });
    else super.pushEvent(event);
  }

  override close(flow: Exclude<FlowReturn, 'ok'>): void {
    if (!this.isSuspended) {
      super.close(flow);
      return;
    }
    if (this.closedWith === 'ok' || this.closedWith === 'eos') this.closedWith = flow;
    this.empty();
  }

  /** The thread is gone. */
  suspend(): void {
    this.isSuspended = true;
    this.hasLost = this.count > 0;
    this.inTransit = 0;
    this.settle();
  }

  /** There is another thread, which is given nothing before it is ready. */
  attach(wire: CapsWire, send: LinkEnd['send']): this {
    this.packer = new ItemPacker(wire);
    this.send = send;
    return this;
  }

  /** The other thread is ready. */
  resume(): void {
    this.isSuspended = false;
    for (const event of this.sticky.inOrder) super.dispatch(event);
    if (this.hasEnded) super.dispatch(EOS);
    this.pump();
  }

  protected override dispatch(item: StreamBuffer | StreamEvent): void {
    this.ends.note(item);
    if (item instanceof StreamBuffer) {
      this.count++;
      super.dispatch(this.hasLost ? this.marked(item) : item);
      return;
    }
    this.sticky.note(item);
    if (item.type === 'eos') this.hasEnded = true;
    super.dispatch(item);
  }

  protected override turnAway(buffer: StreamBuffer): void {
    this.count++;
    this.turnedAway(buffer, this.closedWith);
  }

  private marked(buffer: StreamBuffer): StreamBuffer {
    this.hasLost = false;
    const marked = buffer.derive({ discont: true });
    buffer.release();
    return marked;
  }
}
