// Pads: where elements meet. A src pad pushes into the one sink pad it is linked to; a sink pad either hands on at once or
// has a queue, whose task hands on later.

import type { FixedCaps } from '../caps/caps.ts';
import type { QueueTask } from '../queue/queue-task.ts';
import type { StreamBuffer } from '../stream/buffer.ts';
import { EOS, type StreamEvent } from '../stream/event.ts';
import type { Flow, FlowReturn } from '../stream/flow-return.ts';
import type { Need } from '../stream/need.ts';
import { StickyEvents } from '../stream/sticky-events.ts';
import type { Crossing } from '../thread/crossing.ts';
import type { Element } from './element.ts';
import type { Inlet } from './inlet.ts';
import type { Needs } from './needs.ts';
import type { PadTemplate } from './pad-template.ts';

export class SrcPad {
  readonly element: Element;
  readonly name: string;
  readonly template: PadTemplate;
  peer: SinkPad | undefined;
  /** The negotiated caps; undefined before. */
  caps: FixedCaps | undefined;
  private readonly sticky = new StickyEvents();
  /** Set while its element is in another thread: takes there what the peer needs. */
  sendNeed: ((need: Need) => void) | undefined;
  private readonly needs = new Map<string, Need>();
  private ended = false;

  constructor(element: Element, name: string, template: PadTemplate) {
    this.element = element;
    this.name = name;
    this.template = template;
  }

  get path(): string {
    return `${this.element.name}.${this.name}`;
  }

  /** What the peer needs of a source; undefined: everything. */
  needOf(source: string): Need | undefined {
    return this.needs.get(source);
  }

  /** The peer says what it needs. */
  hearNeed(need: Need): void {
    if (this.sendNeed !== undefined) {
      this.sendNeed(need);
      return;
    }
    // Who says so may have had its last buffers waiting.
    if (this.sticky.isOver(need.source, need.epoch)) return;
    this.needs.set(need.source, need);
    this.element.needs.changed(need.source);
  }

  /** Whether its element has found that it has no such stream. */
  get isAbsent(): boolean {
    return this.template.presence === 'sometimes' && this.caps === undefined;
  }

  /** Sends a buffer on and gives up its reference. */
  push(buffer: StreamBuffer): Flow {
    const peer = this.peer;
    if (this.ended || peer === undefined) return this.turnAway(buffer);
    this.element.statistics.produced++;
    return peer.receive(buffer);
  }

  /** Sends an event on; after the end of the stream nothing follows. */
  pushEvent(event: StreamEvent): Flow {
    if (this.ended) return 'eos';
    if (event.type === 'eos') this.ended = true;
    this.sticky.note(event);
    if (event.type === 'source-end' && this.needs.delete(event.source)) this.element.needs.changed(event.source);
    return this.peer === undefined ? 'not-linked' : this.peer.receiveEvent(event);
  }

  /** Whether the end of the stream has passed. */
  get hasEnded(): boolean {
    return this.ended;
  }

  /** What somebody who is linked later has to know of the stream. */
  get stickyEvents(): StickyEvents {
    return this.sticky;
  }

  /** Gets to know what its element has been told of its streams before the pad was there. */
  learnSticky(): void {
    for (const sibling of this.element.srcPads.values()) if (sibling !== this) this.sticky.takeOver(sibling.sticky);
    for (const { peer } of this.element.sinkPads.values()) if (peer !== undefined) this.sticky.takeOver(peer.sticky);
  }

  /** Tells a newly linked peer what it missed. */
  replaySticky(): void {
    if (this.caps !== undefined) this.sticky.note({ type: 'caps', caps: this.caps });
    for (const event of this.sticky.inOrder) this.peer?.receiveEvent(event);
    if (this.ended) this.peer?.receiveEvent(EOS);
  }

  /** Forgets what has gone since an earlier run, from hooks that came back too late for that. */
  begin(): void {
    this.ended = false;
    this.sticky.clear();
    this.needs.clear();
  }

  reset(): void {
    this.begin();
    this.caps = undefined;
    this.sendNeed = undefined;
  }

  private turnAway(buffer: StreamBuffer): FlowReturn {
    if (this.ended) this.element.losses.afterEos(this);
    buffer.release();
    return this.ended ? 'eos' : 'not-linked';
  }
}

export class SinkPad {
  readonly element: Element;
  private readonly inlet: Inlet;
  private readonly needs: Needs;
  readonly name: string;
  readonly template: PadTemplate;
  peer: SrcPad | undefined;
  caps: FixedCaps | undefined;
  /** Set when the pad has a queue. */
  queueTask: QueueTask | undefined;
  /** Set while the element itself is in another thread: what takes everything there. */
  crossing: Crossing | undefined;
  /** An asynchronous hook that is still at work on an earlier buffer of this pad. */
  private pending: Promise<FlowReturn> | undefined;
  private closedWith: FlowReturn = 'ok';
  private ended = false;
  /** Sources that come by this pad and have not ended, with their epochs. */
  readonly sources = new Map<string, number>();
  private readonly whenEnded: (() => void)[] = [];

  constructor(element: Element, name: string, template: PadTemplate) {
    this.element = element;
    this.inlet = element.inlet;
    this.needs = element.needs;
    this.name = name;
    this.template = template;
  }

  get path(): string {
    return `${this.element.name}.${this.name}`;
  }

  /** Resolves when its element has heard of the end of the stream. */
  get end(): Promise<void> {
    return this.ended ? Promise.resolve() : new Promise((resolve) => this.whenEnded.push(resolve));
  }

  /** Whether the end of the stream has come. */
  get hasEnded(): boolean {
    return this.ended;
  }

  /** What every buffer is answered that comes now. */
  get answer(): FlowReturn {
    return this.closedWith;
  }

  /** Resolves when nothing of the pad is at work; undefined when nothing is. */
  get busy(): Promise<unknown> | undefined {
    return this.crossing?.busy ?? this.queueTask?.busy ?? this.pending;
  }

  /** Takes a buffer over from the peer. */
  receive(buffer: StreamBuffer): Flow {
    if (this.crossing !== undefined) return this.crossing.push(buffer);
    const { statistics } = this.element;
    statistics.received++;
    if (this.closedWith !== 'ok') {
      statistics.drop(this.closedWith);
      buffer.release();
      return this.closedWith;
    }
    if (this.queueTask === undefined) return this.handle(buffer);
    // What nobody needs does not wait in the queue; where there is none the element sees to it at once.
    return this.needs.isWithout(buffer) ? this.receiveEvent(this.element.losses.skip(buffer)) : this.queueTask.push(buffer);
  }

  receiveEvent(event: StreamEvent): Flow {
    if (this.crossing !== undefined) {
      this.crossing.pushEvent(event);
      return 'ok';
    }
    // Whoever has had enough of buffers still has to hear of the end.
    if (this.closedWith !== 'ok' && (this.ended || this.closedWith !== 'eos')) return this.closedWith;
    if (this.queueTask === undefined) return this.handleEvent(event);
    this.queueTask.pushEvent(event);
    return 'ok';
  }

  /** Runs the element's hook on a buffer, after those before it. */
  handle(buffer: StreamBuffer): Flow {
    if (this.pending !== undefined) return this.track(this.pending.then(() => this.handleLater(buffer)));
    const flow = this.inlet.handle(this, buffer);
    return flow instanceof Promise ? this.track(flow) : flow;
  }

  handleEvent(event: StreamEvent): Flow {
    if (this.pending !== undefined) return this.track(this.pending.then(() => this.deliverLater(event)));
    const flow = this.deliverEvent(event);
    return flow instanceof Promise ? this.track(flow) : flow;
  }

  /** Takes no more; a queue is emptied and whoever waits is answered. */
  close(flow: Exclude<FlowReturn, 'ok'>): void {
    if (this.closedWith === 'ok' || this.closedWith === 'eos') this.closedWith = flow;
    this.crossing?.close(flow);
    this.queueTask?.close(flow);
  }

  /** Nothing more comes, and what was under way to the element is lost; it goes on as at the end of the stream. */
  breakOff(): void {
    this.close('flushing');
    if (!this.ended) void this.deliverEvent(EOS);
  }

  /** Forgets what has come since an earlier run, from hooks that came back too late for that. */
  begin(): void {
    this.closedWith = 'ok';
    this.ended = false;
    this.sources.clear();
    this.pending = undefined;
  }

  reset(): void {
    this.begin();
    this.caps = undefined;
    this.crossing = undefined;
  }

  private handleLater(buffer: StreamBuffer): Flow {
    if (this.closedWith === 'ok') return this.element.inlet.handle(this, buffer);
    this.element.losses.drop(buffer, this.closedWith);
    return this.closedWith;
  }

  private deliverLater(event: StreamEvent): Flow {
    return this.closedWith === 'ok' || this.closedWith === 'eos' ? this.deliverEvent(event) : this.closedWith;
  }

  private deliverEvent(event: StreamEvent): Flow {
    if (event.type === 'stream-start') this.sources.set(event.source, event.epoch);
    if (event.type !== 'eos') return this.element.events.handle(this, event);
    this.ended = true;
    if (this.closedWith === 'ok') this.closedWith = 'eos';
    const flow = this.element.events.handle(this, event);
    const heard = (): void => {
      for (const resolve of this.whenEnded.splice(0)) resolve();
    };
    if (flow instanceof Promise) void flow.then(heard, heard);
    else heard();
    return flow;
  }

  /** Holds back what follows until a flow that takes time has come to its end; what it comes to is always a value. */
  private track(flow: Promise<FlowReturn>): Promise<FlowReturn> {
    const settle = (result: FlowReturn): FlowReturn => {
      if (this.pending === tracked) this.pending = undefined;
      return result;
    };
    const tracked: Promise<FlowReturn> = flow.then(settle, async (error: unknown) =>
      settle(await this.element.faults.fault(this, undefined, error)),
    );
    this.pending = tracked;
    return tracked;
  }
}
