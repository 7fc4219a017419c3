// The task of a source: asks it for buffers for as long as downstream takes them, then ends the stream.
import type { StreamBuffer } from './buffer.ts';
import type { Element } from './element.ts';
import type { FlowReturn } from './flow-return.ts';
import type { Scheduler, Task } from './scheduler.ts';

/** Buffers made before the loop looks for a deeper task. */
const BURST = 4;

export class SourceTask implements Task {
  readonly depth = 0;
  private readonly element: Element;
  private readonly scheduler: Scheduler;
  private blocked = true;
  private stopping = false;
  private ended = false;
  private sequence = 0;

  constructor(element: Element, scheduler: Scheduler) {
    this.element = element;
    this.scheduler = scheduler;
  }

  /** Announces the stream and begins to produce. */
  start(): void {
    const { element } = this;
    void (async () => {
      await element.forward({ type: 'stream-start', source: element.name, epoch: 0 });
      for (const pad of element.srcPads.values()) {
        if (pad.caps !== undefined) await pad.pushEvent({ type: 'caps', caps: pad.caps });
        await pad.pushEvent({ type: 'segment', start: 0, base: 0 });
      }
      this.unblock();
    })();
  }

  /** Ends the stream early: what is under way is let go when it comes. */
  stop(): void {
    if (this.stopping) return;
    this.stopping = true;
    this.element.hooks?.stop?.();
    this.end();
  }

  step(): void {
    for (let burst = 0; burst < BURST && !this.blocked && !this.ended; burst++) {
      let produced: StreamBuffer | undefined | Promise<StreamBuffer | undefined>;
      const start = this.element.statistics.isTimed ? this.element.clock.now() : 0;
      try {
        produced = this.element.hooks!.produce!();
      } catch (error) {
        this.failed(error);
        return;
      }
      if (produced instanceof Promise) {
        this.blocked = true;
        void produced.then(
          (buffer) => this.resume(buffer, start),
          (error: unknown) => this.failed(error),
        );
        return;
      }
      this.deliver(produced, start);
    }
    if (!this.blocked && !this.ended) this.scheduler.ready(this);
  }

  private resume(buffer: StreamBuffer | undefined, start: number): void {
    this.blocked = false;
    this.deliver(buffer, start);
    if (!this.blocked && !this.ended) this.scheduler.ready(this);
  }

  private deliver(buffer: StreamBuffer | undefined, start: number): void {
    const { element } = this;
    if (buffer === undefined) {
      this.end();
      return;
    }
    const now = element.clock.now();
    const { statistics } = element;
    statistics.received++;
    if (this.ended) {
      element.drop(buffer, 'eos');
      return;
    }
    statistics.handled++;
    if (start !== 0) statistics.working.add(now - start);
    if (buffer.bornAt === 0) buffer.bornAt = now;
    if (buffer.source === '') buffer.source = element.name;
    buffer.sequence = this.sequence++;
    const flow = element.send(buffer);
    if (!(flow instanceof Promise)) {
      this.note(flow);
      return;
    }
    this.blocked = true;
    void flow.then((result) => {
      this.blocked = false;
      this.note(result);
      if (!this.ended) this.scheduler.ready(this);
    });
  }

  private note(flow: FlowReturn): void {
    if (flow !== 'ok') this.end();
  }

  private failed(error: unknown): void {
    this.blocked = false;
    if (!this.ended) void this.element.fault(undefined, undefined, error);
    this.end();
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    void this.element.end();
  }

  private unblock(): void {
    this.blocked = false;
    if (!this.ended) this.scheduler.ready(this);
  }
}
