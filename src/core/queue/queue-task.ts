// The task of a queue: takes what is in it and has the element's hook work on it.
//
// An asynchronous hook may have several runs in flight; their results leave in order, and events that do not change the
// caps keep their place among them. Where the element takes batches, a feed stands between the two.
import { BatchFeed, type BatchPlan } from '../batch/batcher-feed.ts';
import type { DropCause } from '../counts/statistics.ts';
import type { Element } from '../element/element.ts';
import type { RunResult } from '../element/hook-calls.ts';
import type { SinkPad } from '../element/pad.ts';
import type { QueueChanges } from '../overload/overload-options.ts';
import type { Scheduler, Task } from '../pipeline/scheduler.ts';
import { StreamBuffer } from '../stream/buffer.ts';
import type { StreamEvent } from '../stream/event.ts';
import type { Flow, FlowReturn } from '../stream/flow-return.ts';
import { Queue, UNTIMED } from './queue.ts';
import type { BatchOptions, QueueOptions } from './queue-options.ts';
import { Rest } from './rest.ts';

/** A hook at work, or an event that waits for the hooks before it. */
interface Run {
  readonly inputs: readonly StreamBuffer[];
  readonly event?: StreamEvent;
  /** Until the hook has come back. */
  working?: Promise<unknown>;
  result?: RunResult;
  done: boolean;
}

export class QueueTask implements Task {
  readonly queue: Queue;
  readonly maxBurst = 32;
  burst = 4;
  isReady = false;
  private readonly pad: SinkPad;
  private readonly element: Element;
  private readonly scheduler: Scheduler;
  private readonly concurrency: number;
  private readonly batches: BatchFeed | undefined;
  private readonly runs: Run[] = [];
  /** How many buffers may be at work at once. */
  readonly capacity: number;
  /** What has been changed while the graph runs, on top of what it says. */
  changes: QueueChanges = {};
  private blocked = false;
  private emitting = false;
  private readonly rest = new Rest();

  constructor(pad: SinkPad, options: QueueOptions, scheduler: Scheduler, plan: { concurrency: number; batch?: BatchPlan | undefined }) {
    this.pad = pad;
    this.element = pad.element;
    this.scheduler = scheduler;
    this.concurrency = plan.concurrency;
    this.capacity = plan.batch === undefined ? plan.concurrency : BatchFeed.capacityOf(plan.batch);
    const listener = {
      ready: () => this.wake(),
      dropped: (buffer: StreamBuffer, cause: DropCause) => this.element.losses.drop(buffer, cause),
      overrun: () => {
        if (isWorthTelling(this.queue.overruns)) this.element.notices.tellLevel('overrun', pad, this.queue);
      },
      underrun: () => {
        if (isWorthTelling(this.queue.underruns)) this.element.notices.tellLevel('underrun', pad, this.queue);
      },
    };
    this.queue = new Queue(options, this.element.clock, listener, plan.batch !== undefined);
    if (plan.batch !== undefined) this.batches = new BatchFeed(pad, this.queue, plan.batch, () => this.wake());
  }

  get depth(): number {
    return this.element.depth;
  }

  get runsInFlight(): number {
    return this.batches?.runsInFlight ?? this.runs.length;
  }

  /** What lacks to a batch, where only more buffers can make one. */
  get lacks(): { readonly has: number; readonly of: number } | undefined {
    return this.batches?.lacks;
  }

  /** Resolves when nothing is at work or being sent on; undefined when nothing is. */
  get busy(): Promise<void> | undefined {
    if (this.isIdle) return undefined;
    return this.rest.next();
  }

  /** Resolves when no hook is at work, whether or not what it made has been sent on. */
  async hooksAreIdle(): Promise<void> {
    await Promise.all([...this.runs.map(({ working }) => working), this.batches?.hooksAreIdle()]);
  }

  push(buffer: StreamBuffer): Flow {
    return this.queue.push(buffer);
  }

  pushEvent(event: StreamEvent): void {
    this.queue.pushEvent(event);
  }

  /** Takes other limits, and other settings of batches, from now on. */
  change(options: QueueOptions, batch: BatchOptions | undefined): void {
    this.queue.change(options);
    if (batch !== undefined) this.batches?.change(batch);
    this.wake();
  }

  close(flow: Exclude<FlowReturn, 'ok'>): void {
    this.queue.close(flow);
    this.batches?.close(flow);
  }

  step(): void {
    for (let left = this.burst; left > 0; left--) {
      if (!this.advance()) return;
    }
    this.wake();
  }

  crashed(error: unknown): void {
    void this.element.faults.fault(this.pad, undefined, error);
  }

  /** Does one thing; false when there is nothing to do until somebody wakes the task. */
  private advance(): boolean {
    if (this.blocked || this.element.isPaused) return false;
    if (this.batches !== undefined) {
      const next = this.batches.advance();
      return typeof next === 'boolean' ? next : this.takeEvent(next);
    }
    const item = this.queue.peek();
    if (item === undefined) return false;
    if (!(item instanceof StreamBuffer)) return this.takeEvent(item);
    if (this.concurrency === 1) {
      const buffer = this.takeBuffer();
      return this.settle(this.pad.handle(buffer));
    }
    if (this.runs.length >= this.concurrency) return false;
    this.launch([this.takeBuffer()]);
    return true;
  }

  private takeEvent(event: StreamEvent): boolean {
    // A change of caps and the end of the stream wait until nothing is in flight; the rest keeps its place among results.
    if (this.runs.length > 0) {
      if (event.type === 'caps' || event.type === 'eos') return false;
      this.queue.take();
      this.runs.push({ inputs: [], event, done: true });
      this.emit();
      return true;
    }
    this.queue.take();
    return this.settle(this.pad.handleEvent(event));
  }

  private takeBuffer(): StreamBuffer {
    const buffer = this.queue.take() as StreamBuffer;
    if (this.queue.takenAt !== UNTIMED) this.element.hookTime.waited(this.queue.takenAt);
    return buffer;
  }

  private launch(inputs: readonly StreamBuffer[]): void {
    const run: Run = { inputs, done: false };
    this.runs.push(run);
    const finish = (result: RunResult): void => {
      run.result = result;
      run.done = true;
      this.emit();
    };
    const result = this.element.calls.start(inputs);
    if (result instanceof Promise) run.working = result.then(finish);
    else finish(result);
  }

  /** Sends on the results that are complete, in order. */
  private emit(): void {
    while (!this.emitting && this.runs[0]?.done === true) {
      const run = this.runs[0];
      const flow = run.event === undefined ? this.element.inlet.finish(this.pad, run.inputs, run.result!) : this.pad.handleEvent(run.event);
      if (flow instanceof Promise) {
        this.emitting = true;
        const next = (result: FlowReturn): void => {
          this.emitting = false;
          this.runs.shift();
          this.note(result);
          this.emit();
        };
        void flow.then(next, async (error: unknown) => next(await this.element.faults.fault(this.pad, undefined, error)));
        return;
      }
      this.runs.shift();
      this.note(flow);
    }
    this.wake();
  }

  private settle(flow: Flow): boolean {
    if (!(flow instanceof Promise)) {
      this.note(flow);
      return true;
    }
    this.blocked = true;
    void flow.then((result) => {
      this.blocked = false;
      this.note(result);
      this.wake();
    });
    return false;
  }

  private note(flow: FlowReturn): void {
    if (flow !== 'ok' && flow !== 'not-linked') this.pad.close(flow);
  }

  /** Somebody made room, brought something, or finished something. */
  wake(): void {
    if (!this.blocked) this.scheduler.ready(this);
    if (this.rest.isAwaited && this.isIdle) this.rest.reached();
  }

  private get isIdle(): boolean {
    return !this.blocked && !this.emitting && this.runs.length === 0 && (this.batches?.isIdle ?? true);
  }
}

/** Where they are many only one in 16 is looked at, since telling of them costs more than a hop. */
function isWorthTelling(count: number): boolean {
  return count < 256 || (count & 15) === 0;
}
