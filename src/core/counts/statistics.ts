// What is counted about one element. At any moment `received = handled + dropped + in flight`.

import type { Microseconds } from '../time/time.ts';
import { Histogram, type Summary } from './histogram.ts';

export type BatchCause = 'full' | 'deadline' | 'eos' | 'shape' | 'preferred' | 'flush';

/** Why a buffer was dropped; elements may add causes of their own. */
export type DropCause = 'overflow' | 'stale' | 'filtered' | 'error' | 'flushing' | 'eos' | 'not-linked' | 'not-negotiated' | (string & {});

/** How full a queue is and has been. A limit of 0 is none; times are stream time. */
export interface QueueSummary {
  readonly pad: string;
  readonly buffers: number;
  readonly bytes: number;
  readonly time: Microseconds;
  readonly highWater: number;
  readonly highWaterBytes: number;
  readonly maxBuffers: number;
  readonly maxBytes: number;
  readonly maxTime: Microseconds;
  /** Pushes that found it full. */
  readonly overruns: number;
  /** How often its reader ran it dry. */
  readonly underruns: number;
  /** How long buffers waited inside that were taken. */
  readonly waiting: Summary;
}

export interface BatchSummary {
  readonly byCause: Readonly<Record<string, number>>;
  readonly bySize: Readonly<Record<number, number>>;
  /** How long the oldest of a batch had waited when it left. */
  readonly oldestWaited?: Summary;
  /** The part of what was computed that was padding; where items differ in length. */
  readonly waste?: number;
}

export interface ElementSummary {
  readonly name: string;
  readonly type: string;
  readonly received: number;
  readonly handled: number;
  readonly produced: number;
  readonly inFlight: number;
  readonly dropped: Readonly<Record<string, number>>;
  /** From entering the element's queue to leaving it. */
  readonly waiting: Summary;
  /** Inside the element's own hooks. */
  readonly working: Summary;
  /** From entering the graph to having been handled here. */
  readonly age: Summary;
  readonly queues: readonly QueueSummary[];
  /** Batches by cause, and by size. */
  readonly batches: BatchSummary;
  /** What the element itself reported, such as the execution provider that runs. */
  readonly notes: Readonly<Record<string, unknown>>;
}

/** What is measured of a batch beside its size: how long its oldest item waited, the items' lengths, and those with padding. */
export interface BatchMeasures {
  readonly waited: Microseconds;
  readonly length: number;
  readonly paddedLength: number;
}

export class Statistics {
  received = 0;
  handled = 0;
  produced = 0;
  readonly dropped = new Map<string, number>();
  readonly waiting = new Histogram();
  readonly working = new Histogram();
  readonly age = new Histogram();
  readonly batchCauses = new Map<BatchCause, number>();
  readonly batchSizes = new Map<number, number>();
  readonly oldestWaited = new Histogram();
  private length = 0;
  private paddedLength = 0;
  private tellsPadding = false;
  readonly notes = new Map<string, unknown>();
  /** Time is taken when `handled & mask` is 0: of every buffer at first, of one in 64 once there are enough to judge by. */
  mask = 0;
  private readonly timesAll: boolean;

  /** @param timesAll Whether the time of every buffer is taken, however many there are. */
  constructor(timesAll = false) {
    this.timesAll = timesAll;
  }

  get inFlight(): number {
    return this.received - this.handled - this.droppedTotal;
  }

  get droppedTotal(): number {
    let total = 0;
    for (const count of this.dropped.values()) total += count;
    return total;
  }

  drop(cause: DropCause, count = 1): void {
    this.dropped.set(cause, (this.dropped.get(cause) ?? 0) + count);
  }

  /** Takes over what has been counted in another thread. */
  takeOver({ received, handled, produced, dropped, notes }: ElementSummary): void {
    Object.assign(this, { received, handled, produced });
    this.dropped.clear();
    for (const [cause, count] of Object.entries(dropped)) this.dropped.set(cause, count);
    for (const [name, value] of Object.entries(notes)) this.notes.set(name, value);
  }

  /** Whether this buffer is one whose time is taken. */
  get isTimed(): boolean {
    if (!this.timesAll && this.mask === 0 && this.working.count >= 4096) this.mask = 63;
    return this.takesAge;
  }

  /** Whether this buffer is one whose age is taken when it has been handled. */
  get takesAge(): boolean {
    return (this.handled & this.mask) === 0;
  }

  batch(cause: BatchCause, size: number, { waited, length, paddedLength }: BatchMeasures): void {
    this.batchCauses.set(cause, (this.batchCauses.get(cause) ?? 0) + 1);
    this.batchSizes.set(size, (this.batchSizes.get(size) ?? 0) + 1);
    this.oldestWaited.add(waited);
    if (this.tellsPadding) return;
    this.length += length;
    this.paddedLength += paddedLength;
  }

  /** What an element says itself about padding counts instead of what follows from the lengths in its batches. */
  padding(useful: number, all: number): void {
    if (!this.tellsPadding) [this.tellsPadding, this.length, this.paddedLength] = [true, 0, 0];
    this.length += useful;
    this.paddedLength += all;
  }

  get batches(): BatchSummary {
    const counts = { byCause: Object.fromEntries(this.batchCauses), bySize: Object.fromEntries(this.batchSizes) };
    const waste = this.paddedLength === 0 ? {} : { waste: 1 - this.length / this.paddedLength };
    if (this.batchCauses.size === 0) return { ...counts, ...waste };
    return { ...counts, oldestWaited: this.oldestWaited.summary, ...waste };
  }
}
