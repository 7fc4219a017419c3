// The queue of a sink pad: a ring of buffers and serialized events with three limits at once, count, bytes and time span.
//
// Whichever limit is reached first makes it full. Events keep their place, count against no limit and are never dropped. A
// push that finds it full waits, or costs the oldest or the newest buffer, as its policy says; every drop has a cause.
//
// With a minimum it absorbs jitter: once it has run dry no buffer leaves before the minimum is inside, or the queue is full, or
// the stream has come to its end.

import { Histogram } from '../counts/histogram.ts';
import type { DropCause, QueueSummary } from '../counts/statistics.ts';
import { StreamBuffer } from '../stream/buffer.ts';
import { type GapEvent, joinedGaps, type StreamEvent } from '../stream/event.ts';
import type { Flow, FlowReturn } from '../stream/flow-return.ts';
import type { Clock } from '../time/clock.ts';
import type { Microseconds } from '../time/time.ts';
import { flawOf, type QueueOptions } from './queue-options.ts';
import { QueueSpan } from './queue-span.ts';

export type QueueItem = StreamBuffer | StreamEvent;

export interface QueueListener {
  /** There is something to take. */
  ready(): void;
  dropped(buffer: StreamBuffer, cause: DropCause): void;
  /** A push found it full. */
  overrun?(): void;
  /** Its reader has taken all there was and wants more. */
  underrun?(): void;
}

/** A push that waits for room, or an event that waits behind one. */
interface Waiting {
  readonly item: QueueItem;
  readonly resolve: ((flow: FlowReturn) => void) | undefined;
}

export class Queue {
  highWater = 0;
  highWaterBytes = 0;
  /** Pushes that found it full. */
  overruns = 0;
  /** How often its reader has run it dry. */
  underruns = 0;
  /** How long buffers waited that were taken; of a sample where that is enough to judge by. */
  readonly waited = new Histogram();
  private limits: QueueOptions;
  private readonly clock: Clock;
  private readonly listener: QueueListener;
  private readonly waiting: Waiting[] = [];
  private blockedPushes = 0;
  private items: (QueueItem | undefined)[] = new Array(16);
  /** Of each buffer among the items, when it was put in, by the clock and, where time limits the queue, by the streams. */
  private times = new Float64Array(16);
  private marks = new Float64Array(16);
  private span: QueueSpan | undefined;
  private head = 0;
  private length = 0;
  private buffers = 0;
  private bytes = 0;
  private newestMark: Microseconds = 0;
  private takenTime: Microseconds = UNTIMED;
  private closedWith: FlowReturn = 'ok';
  private readonly alwaysTimes: boolean;
  private timesAll = false;
  private timed = 0;
  /** Nothing leaves before the minimum is inside. */
  private isFilling = false;
  /** Empty, and its reader knows; so it is before the first buffer, which is no underrun. */
  private isDry = true;
  /** The end of the stream is inside, or has been taken. */
  private hasEnd = false;
  /** Sources of which buffers were lost before the next one of theirs that is taken. */
  private readonly lostAtHead = new Set<string>();
  /** Sources of which buffers were lost behind the last one of theirs that was put in. */
  private readonly lostAtTail = new Set<string>();

  /** @param timesAll Whether the time of every buffer is taken, not only of a sample that is enough to judge by. */
  constructor(options: QueueOptions, clock: Clock, listener: QueueListener, timesAll = false) {
    this.clock = clock;
    this.listener = listener;
    this.alwaysTimes = timesAll;
    this.limits = options;
    this.change(options);
    this.isFilling = hasMinimum(options);
  }

  get options(): QueueOptions {
    return this.limits;
  }

  /**
   * Changes limits and policy while buffers are inside. What is too much then is not thrown away at once: it leaves as it would
   * have, and only what comes meets the new limits. Pushes that wait are let in as the new policy says.
   */
  change(options: QueueOptions): void {
    const flaw = flawOf(options);
    if (flaw !== undefined) throw new RangeError(flaw);
    this.limits = options;
    this.timesAll = this.alwaysTimes || options.maxAgeMs > 0;
    if (!hasMinimum(options)) this.isFilling = false;
    if (options.maxTimeMs === 0 && options.minTimeMs === 0) this.span = undefined;
    else if (this.span === undefined) this.measureSpan();
    this.admit();
    if (this.length > 0) this.listener.ready();
  }

  /** Buffers inside. */
  get level(): number {
    return this.buffers;
  }

  get levelBytes(): number {
    return this.bytes;
  }

  /** Stream time from the oldest to the newest buffer, of the source that has most of it inside. */
  get levelTime(): Microseconds {
    if (this.buffers === 0) return 0;
    if (this.span !== undefined) return this.newestMark - this.oldestMark!;
    const span = new QueueSpan();
    let oldest: Microseconds | undefined;
    let newest = 0;
    for (let index = 0; index < this.length; index++) {
      const item = this.peekAt(index);
      if (!(item instanceof StreamBuffer)) continue;
      newest = span.enter(item, oldest);
      oldest ??= newest;
    }
    return newest - (oldest ?? 0);
  }

  /** How full it is: 0 empty, 1 at the limit that is nearest. */
  get fill(): number {
    const { maxBuffers, maxBytes, maxTimeMs } = this.limits;
    return Math.max(
      maxBuffers === 0 ? 0 : this.buffers / maxBuffers,
      maxBytes === 0 ? 0 : this.bytes / maxBytes,
      maxTimeMs === 0 ? 0 : this.levelTime / (maxTimeMs * 1000),
    );
  }

  /** How long the oldest buffer inside has waited, as far as its time was taken. */
  get oldestAge(): Microseconds {
    for (let index = 0; index < this.length; index++) {
      const time = this.times[this.slot(index)]!;
      if (this.peekAt(index) instanceof StreamBuffer && time !== UNTIMED) return this.clock.now() - time;
    }
    return 0;
  }

  /** Clock time at which the buffer was put in that was taken last; `UNTIMED` where it was not noted. */
  get takenAt(): Microseconds {
    return this.takenTime;
  }

  /** What there is to know of it, under the name of its pad. */
  summary(pad: string): QueueSummary {
    const { level: buffers, levelBytes: bytes, levelTime: time, highWater, highWaterBytes, overruns, underruns } = this;
    const { maxBuffers, maxBytes, maxTimeMs } = this.limits;
    return {
      pad,
      buffers,
      bytes,
      time,
      highWater,
      highWaterBytes,
      maxBuffers,
      maxBytes,
      maxTime: maxTimeMs * 1000,
      overruns,
      underruns,
      waiting: this.waited.summary,
    };
  }

  /** How many pushes wait for room. */
  get blocked(): number {
    return this.blockedPushes;
  }

  /** Puts a buffer at the end; takes it over. */
  push(buffer: StreamBuffer): Flow {
    if (this.closedWith !== 'ok') {
      this.listener.dropped(buffer, this.closedWith);
      return this.closedWith;
    }
    if (this.waiting.length > 0 || this.isFull(buffer)) {
      this.overruns++;
      this.listener.overrun?.();
      this.endFilling();
      if (this.limits.onFull === 'block') {
        this.blockedPushes++;
        return new Promise((resolve) => this.waiting.push({ item: buffer, resolve }));
      }
      if (this.limits.onFull === 'dropNewest') {
        this.lostAtTail.add(buffer.source);
        this.listener.dropped(buffer, 'overflow');
        return 'ok';
      }
      while (this.buffers > 0 && this.isFull(buffer)) this.dropOldest('overflow');
    }
    this.append(buffer);
    return 'ok';
  }

  /** Puts an event at the end, whatever the limits; behind pushes that wait it waits with them. */
  pushEvent(event: StreamEvent): void {
    if (this.closedWith !== 'ok' && this.closedWith !== 'eos') return;
    if (event.type === 'eos') this.hasEnd = true;
    if (this.waiting.length > 0) this.waiting.push({ item: event, resolve: undefined });
    else this.appendEvent(event);
  }

  /** The next item without taking it; too old buffers in front of it are dropped. Nothing while the queue fills up to its minimum. */
  peek(): QueueItem | undefined {
    if (this.limits.maxAgeMs > 0) this.dropStale();
    if (this.length === 0) {
      if (!this.isDry && !this.hasEnd) this.runDry();
      return undefined;
    }
    const item = this.items[this.head];
    if (this.isFilling && item instanceof StreamBuffer) {
      if (!this.isFilled) return undefined;
      this.isFilling = false;
    }
    return item;
  }

  /** The item `index` places behind the next one. */
  peekAt(index: number): QueueItem | undefined {
    return index < this.length ? this.items[this.slot(index)] : undefined;
  }

  /** Takes the item that `peek` shows; its buffer's reference goes to the caller. */
  take(): QueueItem | undefined {
    if (this.length === 0) return undefined;
    const item = this.items[this.head]!;
    const time = this.times[this.head]!;
    this.remove();
    if (!(item instanceof StreamBuffer)) {
      // Nothing of it must stay, however many come and go.
      if (item.type === 'source-end') for (const lost of [this.lostAtHead, this.lostAtTail]) lost.delete(item.source);
      return item;
    }
    this.takenTime = time;
    if (time !== UNTIMED) this.waited.add(this.clock.now() - time);
    this.admit();
    return this.lostAtHead.size > 0 && this.lostAtHead.delete(item.source) ? markDiscont(item) : item;
  }

  /**
   * Takes no more: drops what is inside, and answers every push, waiting or to come, with `flow`. With `eos`, when the reader has
   * had enough, events still pass, so that the stream comes to its end behind it.
   */
  close(flow: Exclude<FlowReturn, 'ok'>): void {
    if (this.closedWith !== 'ok' && this.closedWith !== 'eos') return;
    this.closedWith = flow;
    const events: StreamEvent[] = [];
    while (this.length > 0) {
      const item = this.items[this.head]!;
      this.remove();
      if (item instanceof StreamBuffer) this.listener.dropped(item, flow);
      else events.push(item);
    }
    this.blockedPushes = 0;
    for (const { item, resolve } of this.waiting.splice(0)) {
      if (item instanceof StreamBuffer) this.listener.dropped(item, flow);
      else events.push(item);
      resolve?.(flow);
    }
    if (flow === 'eos') for (const event of events) this.appendEvent(event);
  }

  private runDry(): void {
    this.isDry = true;
    this.isFilling = hasMinimum(this.limits);
    this.underruns++;
    this.listener.underrun?.();
  }

  /** More does not fit, so that more will not come. */
  private endFilling(): void {
    if (!this.isFilling) return;
    this.isFilling = false;
    this.listener.ready();
  }

  /** Whether buffers may leave again; after the end nobody brings more. */
  private get isFilled(): boolean {
    const { minBuffers, minBytes, minTimeMs } = this.limits;
    if (this.hasEnd || this.fill >= 1) return true;
    return this.buffers >= minBuffers && this.bytes >= minBytes && (minTimeMs === 0 || this.levelTime >= minTimeMs * 1000);
  }

  private isFull(next: StreamBuffer): boolean {
    // One buffer always fits, or a frame larger than the limit would never pass.
    if (this.buffers === 0) return false;
    const { maxBuffers, maxBytes, maxTimeMs } = this.limits;
    return (
      (maxBuffers > 0 && this.buffers >= maxBuffers) ||
      (maxBytes > 0 && this.bytes + next.bytes > maxBytes) ||
      (maxTimeMs > 0 && this.span!.markOf(next, this.oldestMark) - this.oldestMark! > maxTimeMs * 1000)
    );
  }

  private append(pushed: StreamBuffer): void {
    const buffer = this.lostAtTail.size > 0 && this.lostAtTail.delete(pushed.source) ? markDiscont(pushed) : pushed;
    // Reading the clock costs more than the rest of a hop.
    const time = this.timesAll || this.timed++ < 4096 || (this.timed & 15) === 0 ? this.clock.now() : UNTIMED;
    if (this.span !== undefined) this.newestMark = this.span.enter(buffer, this.oldestMark);
    this.buffers++;
    this.bytes += buffer.bytes;
    this.isDry = false;
    if (this.buffers > this.highWater) this.highWater = this.buffers;
    if (this.bytes > this.highWaterBytes) this.highWaterBytes = this.bytes;
    this.add(buffer, time);
    this.listener.ready();
  }

  private appendEvent(event: StreamEvent): void {
    const last = this.length === 0 ? undefined : this.peekAt(this.length - 1);
    // Gaps one behind the other are one gap: a stream that is silent for long must not fill a queue that nobody empties.
    const gap = last === undefined ? undefined : joinGaps(last, event);
    if (gap !== undefined) this.items[this.slot(this.length - 1)] = gap;
    else this.add(event);
    this.listener.ready();
  }

  private admit(): void {
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      const { item, resolve } = next;
      if (item instanceof StreamBuffer && this.isFull(item)) {
        if (this.limits.onFull === 'block') return;
        this.makeRoom(item);
        continue;
      }
      this.waiting.shift();
      if (!(item instanceof StreamBuffer)) {
        this.appendEvent(item);
        continue;
      }
      this.blockedPushes--;
      this.append(item);
      resolve!('ok');
    }
  }

  /** For a push that waits since before the queue was told to drop. */
  private makeRoom(next: StreamBuffer): void {
    if (this.limits.onFull === 'dropOldest') {
      while (this.isFull(next)) this.dropOldest('overflow');
      return;
    }
    const { resolve } = this.waiting.shift()!;
    this.blockedPushes--;
    this.lostAtTail.add(next.source);
    this.listener.dropped(next, 'overflow');
    resolve!('ok');
  }

  private dropStale(): void {
    const limit = this.clock.now() - this.limits.maxAgeMs * 1000;
    for (
      let item = this.items[this.head];
      this.length > 0 && item instanceof StreamBuffer && this.times[this.head]! < limit;
      item = this.items[this.head]
    ) {
      this.remove();
      this.lostAtHead.add(item.source);
      this.listener.dropped(item, 'stale');
      this.admit();
    }
  }

  /** Drops the oldest buffer and leaves the events before it where they are. */
  private dropOldest(cause: DropCause): void {
    const before = this.oldestIndex;
    const oldest = this.peekAt(before) as StreamBuffer;
    for (let index = before; index > 0; index--) this.items[this.slot(index)] = this.items[this.slot(index - 1)];
    this.items[this.head] = oldest;
    this.remove();
    this.lostAtHead.add(oldest.source);
    this.joinGapsAt(before);
    this.listener.dropped(oldest, cause);
  }

  /** Makes one of two gaps that stand side by side since the buffer between them, at `index`, is gone. */
  private joinGapsAt(index: number): void {
    if (index === 0 || index >= this.length) return;
    const gap = joinGaps(this.peekAt(index - 1)!, this.peekAt(index)!);
    if (gap === undefined) return;
    this.items[this.slot(index)] = gap;
    for (let to = index - 1; to > 0; to--) this.items[this.slot(to)] = this.items[this.slot(to - 1)];
    this.remove();
  }

  /** Where the oldest buffer stands among the items; there has to be one. */
  private get oldestIndex(): number {
    let index = 0;
    while (!(this.peekAt(index) instanceof StreamBuffer)) index++;
    return index;
  }

  private get oldestMark(): Microseconds | undefined {
    return this.buffers === 0 ? undefined : this.marks[this.slot(this.oldestIndex)];
  }

  /** From now on time limits it: what is inside is given its marks. */
  private measureSpan(): void {
    const span = new QueueSpan();
    let oldest: Microseconds | undefined;
    for (let index = 0; index < this.length; index++) {
      const item = this.peekAt(index);
      if (!(item instanceof StreamBuffer)) continue;
      this.newestMark = span.enter(item, oldest);
      oldest ??= this.newestMark;
      this.marks[this.slot(index)] = this.newestMark;
    }
    this.span = span;
  }

  private slot(index: number): number {
    return (this.head + index) & (this.items.length - 1);
  }

  private add(item: QueueItem, time: Microseconds = UNTIMED): void {
    if (this.length === this.items.length) this.grow();
    const slot = this.slot(this.length++);
    this.items[slot] = item;
    this.times[slot] = time;
    if (this.span !== undefined) this.marks[slot] = this.newestMark;
  }

  /** Doubles the ring, and lays it straight. */
  private grow(): void {
    const { head, items, times, marks } = this;
    const size = items.length;
    const numbers = (ring: Float64Array): Float64Array<ArrayBuffer> => {
      const straight = new Float64Array(2 * size);
      straight.set(ring.subarray(head));
      straight.set(ring.subarray(0, head), size - head);
      return straight;
    };
    this.items = [...items.slice(head), ...items.slice(0, head), ...new Array(size)];
    this.times = numbers(times);
    this.marks = numbers(marks);
    this.head = 0;
  }

  private remove(): void {
    const item = this.items[this.head];
    this.items[this.head] = undefined;
    this.head = (this.head + 1) & (this.items.length - 1);
    this.length--;
    if (!(item instanceof StreamBuffer)) return;
    this.buffers--;
    this.bytes -= item.bytes;
  }
}

/** Stands for the time at which a queue took a buffer in where it was not taken. */
export const UNTIMED = -1;

function hasMinimum({ minBuffers, minBytes, minTimeMs }: QueueOptions): boolean {
  return minBuffers > 0 || minBytes > 0 || minTimeMs > 0;
}

function markDiscont(buffer: StreamBuffer): StreamBuffer {
  if (buffer.discont) return buffer;
  const marked = buffer.derive({ discont: true });
  buffer.release();
  return marked;
}

/** Two gaps of one stream as one; undefined where they are not that. */
function joinGaps(first: QueueItem, second: QueueItem): GapEvent | undefined {
  if (first instanceof StreamBuffer || second instanceof StreamBuffer || first.type !== 'gap' || second.type !== 'gap') return undefined;
  return first.source === second.source && first.epoch === second.epoch ? joinedGaps(first, second) : undefined;
}
