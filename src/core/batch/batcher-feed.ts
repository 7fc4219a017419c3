// What stands between a queue and an element that takes batches: fills a batcher from the queue while the element has room for
// another run, gives it the batches that are due, and sends on the results, those of each source in order.
//
// The batcher holds two batches at most, to have a choice of sources and lengths; what waits longer waits in the queue, under the
// queue's limits. What is said of one source (a gap, its start, its end) keeps its place in the stream of that source and leaves
// the others alone. What is said of all ends the batch before it, and waits until nothing is at work.

import type { BatchCause } from '../counts/statistics.ts';
import type { RunResult } from '../element/hook-calls.ts';
import type { SinkPad } from '../element/pad.ts';
import type { Queue } from '../queue/queue.ts';
import type { BatchOptions } from '../queue/queue-options.ts';
import { StreamBuffer } from '../stream/buffer.ts';
import { gapOf, type StreamEvent } from '../stream/event.ts';
import type { Flow, FlowReturn } from '../stream/flow-return.ts';
import type { Microseconds } from '../time/time.ts';
import { Batcher } from './batcher.ts';
import { addSaying, isSaying, type Saying, type Ticket, Tickets } from './batcher-ticket.ts';

export interface BatchPlan {
  readonly concurrency: number;
  readonly options: BatchOptions;
  readonly isLive: boolean;
}

export class BatchFeed {
  private readonly pad: SinkPad;
  private readonly queue: Queue;
  private readonly plan: BatchPlan;
  private readonly wake: () => void;
  private readonly batcher: Batcher<Ticket>;
  private readonly tickets = new Tickets();
  /** What may leave, in order. */
  private readonly leaving: (Ticket | Saying)[] = [];
  private readonly working = new Set<Promise<void>>();
  private running = 0;
  /** How many buffers have been taken and not been sent on. */
  private inside = 0;
  private isEmitting = false;
  private timer: { readonly at: Microseconds; readonly cancel: () => void } | undefined;

  constructor(pad: SinkPad, queue: Queue, plan: BatchPlan, wake: () => void) {
    this.pad = pad;
    this.queue = queue;
    this.plan = plan;
    this.wake = wake;
    this.batcher = new Batcher(plan.options, { isLive: plan.isLive, dropped: (ticket) => this.dropStale(ticket) });
  }

  /** Forms batches in another way from now on, none larger than planned. */
  change(options: BatchOptions): void {
    this.batcher.change(options);
    // What waits may be due earlier, or later.
    this.timer?.cancel();
    this.timer = undefined;
  }

  /** How many buffers may be inside. */
  static capacityOf({ concurrency, options: { maxSize } }: BatchPlan): number {
    // One more to choose from.
    return maxSize === 1 ? concurrency : (concurrency + 1) * maxSize;
  }

  get runsInFlight(): number {
    return this.running;
  }

  /** Nothing is at work or being sent on; things may wait. */
  get isIdle(): boolean {
    return this.running === 0 && this.unsent === 0;
  }

  /** What it waits for while it waits for no point of time: how many buffers there are, and how many make a batch. */
  get lacks(): { readonly has: number; readonly of: number } | undefined {
    const has = this.batcher.waiting;
    if (has === 0 || this.running > 0 || this.unsent > 0 || this.batcher.wakeAt !== undefined) return undefined;
    return { has, of: this.plan.options.maxSize };
  }

  async hooksAreIdle(): Promise<void> {
    await Promise.all(this.working);
  }

  /** Does one thing; false when there is nothing to do until somebody wakes the task. An event that is due is left to the caller. */
  advance(): boolean | StreamEvent {
    // What cannot be sent on takes the place of a run: who is not rid of what it has made does not make more.
    if (this.running + Math.ceil(this.unsent / this.plan.options.maxSize) >= this.plan.concurrency) return false;
    const event = this.fill();
    const batch = this.batcher.take(this.pad.element.clock.now());
    if (batch !== undefined) {
      const { cause, items, waited, length, paddedLength } = batch;
      this.pad.element.statistics.batch(cause, items.length, { waited, length, paddedLength });
      this.launch(items, batch.slots);
      return true;
    }
    // What a batcher has dropped since it was too old has made room.
    if (this.batcher.waiting === 0) return event !== undefined && this.isIdle ? event : this.hasMore;
    this.wakeAt(this.batcher.wakeAt);
    return false;
  }

  /** Lets go of what waits. */
  close(flow: Exclude<FlowReturn, 'ok'>): void {
    this.timer?.cancel();
    this.timer = undefined;
    for (const ticket of this.batcher.clear()) {
      this.pad.element.losses.drop(ticket.buffer, flow);
      this.done(ticket);
    }
    this.emit();
  }

  private get room(): number {
    const { maxSize } = this.plan.options;
    return maxSize === 1 ? 1 : 2 * maxSize;
  }

  private get isFull(): boolean {
    return this.inside >= BatchFeed.capacityOf(this.plan);
  }

  private get unsent(): number {
    return this.leaving.length + (this.isEmitting ? 1 : 0);
  }

  private get hasMore(): boolean {
    return !this.isFull && this.queue.peek() instanceof StreamBuffer;
  }

  /** Takes what there is room for; gives the event that stands behind that. */
  private fill(): StreamEvent | undefined {
    const { element } = this.pad;
    for (;;) {
      const item = this.queue.peek();
      if (item === undefined) return undefined;
      if (!(item instanceof StreamBuffer)) {
        if (!isSaying(item)) {
          this.batcher.close(causeOf(item));
          return item;
        }
        this.queue.take();
        if (!this.tickets.putBehind(item)) {
          this.leaving.push(item);
          this.emit();
        }
        continue;
      }
      // What is done may wait for the results of what came before it, which may wait for its batch to be filled.
      const isStuck = this.isFull && this.isIdle;
      if (isStuck || this.batcher.waiting >= this.room) {
        // Nothing more can come to what is inside.
        this.batcher.close('full');
        return undefined;
      }
      if (this.isFull) return undefined;
      const buffer = this.queue.take() as StreamBuffer;
      this.inside++;
      const { source, bornAt } = buffer;
      const at = this.queue.takenAt;
      const length = this.plan.options.lengthBuckets.length > 0 ? (element.hooks?.lengthOf?.(buffer) ?? 0) : undefined;
      this.batcher.add(this.tickets.issue(buffer, at), { source, at, bornAt, ...(length === undefined ? {} : { length }) });
    }
  }

  private launch(batch: readonly Ticket[], slots: number): void {
    const { element } = this.pad;
    const buffers = batch.map(({ buffer }) => buffer);
    for (const { since } of batch) element.hookTime.waited(since);
    this.running++;
    const finish = (result: RunResult): void => {
      this.running--;
      for (const [index, ticket] of batch.entries()) {
        ticket.result = 'fault' in result ? result : { outputs: [result.outputs[index]] };
        this.done(ticket);
      }
      this.emit();
    };
    const result = element.calls.start(buffers, slots);
    if (!(result instanceof Promise)) {
      finish(result);
      return;
    }
    const working = result.then((value) => {
      this.working.delete(working);
      finish(value);
    });
    this.working.add(working);
  }

  private done(ticket: Ticket): void {
    for (const one of this.tickets.done(ticket)) this.leaving.push(one);
  }

  private dropStale(ticket: Ticket): void {
    const gap = gapOf(ticket.buffer);
    this.pad.element.losses.drop(ticket.buffer, 'stale');
    ticket.behind = (ticket.behind ?? []).reduce(addSaying, addSaying(undefined, gap));
    this.done(ticket);
    this.emit();
  }

  /** Sends on what may leave, one after the other. */
  private emit(): void {
    while (!this.isEmitting) {
      const next = this.leaving.shift();
      if (next === undefined) break;
      const flow = this.send(next);
      const size = 'type' in next ? 0 : 1;
      if (!(flow instanceof Promise)) {
        this.inside -= size;
        this.note(flow);
        continue;
      }
      this.isEmitting = true;
      const sent = (result: FlowReturn): void => {
        this.isEmitting = false;
        this.inside -= size;
        this.note(result);
        this.emit();
      };
      void flow.then(sent, async (error: unknown) => sent(await this.pad.element.faults.fault(this.pad, undefined, error)));
    }
    this.wake();
  }

  private send(one: Ticket | Saying): Flow {
    if ('type' in one) return this.tell(one);
    const { behind, buffer, result } = one;
    const flow = result === undefined ? 'ok' : this.pad.element.inlet.finish(this.pad, [buffer], result);
    if (behind === undefined) return flow;
    return flow instanceof Promise ? flow.then((own) => this.tellAll(behind, own)) : this.tellAll(behind, flow);
  }

  /** Tells what stands behind a buffer; what that one came to is not forgotten over it. */
  private tellAll(sayings: readonly Saying[], flow: FlowReturn): Flow {
    const refused = flow === 'ok' || flow === 'not-linked' ? undefined : flow;
    let told = flow as Flow;
    for (const saying of sayings) told = told instanceof Promise ? told.then(() => this.tell(saying)) : this.tell(saying);
    if (refused === undefined) return told;
    return told instanceof Promise ? told.then(() => refused) : refused;
  }

  private tell(saying: Saying): Flow {
    if (saying.type === 'source-end' && this.batcher.waitingOf(saying.source) === 0) this.batcher.removeSource(saying.source);
    return this.pad.handleEvent(saying);
  }

  private note(flow: FlowReturn): void {
    if (flow !== 'ok' && flow !== 'not-linked') this.pad.close(flow);
  }

  private wakeAt(at: Microseconds | undefined): void {
    if (this.timer !== undefined && (at === undefined || this.timer.at <= at)) return;
    this.timer?.cancel();
    this.timer = undefined;
    if (at === undefined) return;
    const cancel = this.pad.element.clock.schedule(at, () => {
      this.timer = undefined;
      this.wake();
    });
    this.timer = { at, cancel };
  }
}

function causeOf({ type }: StreamEvent): BatchCause {
  return type === 'eos' ? 'eos' : type === 'caps' ? 'shape' : 'flush';
}
