// Graphs that tests change while they run: sources that give a buffer a time by the clock, and sinks that note what they get.
import assert from 'node:assert/strict';
import { z } from 'zod';
import { caps, type FixedCaps } from '../../../src/core/caps/caps.ts';
import type { PipelineSummary } from '../../../src/core/counts/summary.ts';
import { type AnyElementDefinition, defineElement } from '../../../src/core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import type { GraphInput } from '../../../src/core/graph/graph-description.ts';
import type { Message, MessageType } from '../../../src/core/pipeline/message.ts';
import { Pipeline } from '../../../src/core/pipeline/pipeline.ts';
import { Scheduler } from '../../../src/core/pipeline/scheduler.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { ClockWait } from '../../../src/core/time/clock-wait.ts';
import { builtinRegistry } from '../../../src/load-graph.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { assertAllReturned, assertConserved } from '../../../src/testing/assert-conserved.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { settled } from '../../../src/testing/settled.ts';
import { ThreadBudget } from '../../../src/threads/thread-budget.ts';

/** What a sink noted of a buffer. */
export interface Noted {
  readonly sink: string;
  readonly source: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly pts: number;
}

/** Works off whatever is ready, however long that takes: how far a graph is does not depend on how fast the machine is. */
class UnhurriedScheduler extends Scheduler {
  private isDue = false;

  protected override wake(): void {
    if (this.isDue) return;
    this.isDue = true;
    queueMicrotask(() => {
      this.isDue = false;
      for (let task = this.take(); task !== undefined; task = this.take()) {
        try {
          task.step();
        } catch (error) {
          task.crashed(error);
        }
      }
    });
  }
}

export class EditedPipeline {
  readonly clock = new ManualClock(1_000_000);
  readonly arena = Arena.create({ maximumBytes: 2 ** 26 });
  readonly noted: Noted[] = [];
  readonly messages: Message[] = [];
  /** Names of elements that are open. */
  readonly open = new Set<string>();
  /** Of each element that takes its time, how many buffers it has at work by its own count, and how many slabs have left it. */
  readonly slowWork = new Map<string, { atWork: number; slabsDone: number }>();
  /** Called whenever everything is worked off that can be before time goes on. */
  atRest: () => void = () => {};
  readonly pipeline: Pipeline;
  running: Promise<PipelineSummary>;
  error: unknown;
  isOver = false;

  /** @param more What there is beside the elements here. */
  constructor(graph: GraphInput, more: readonly AnyElementDefinition[] = []) {
    const registry = builtinRegistry().add([this.ticker(), this.collector(), this.refusing(), this.slow(), ...more], 'test');
    this.pipeline = new Pipeline(graph, {
      registry,
      arena: this.arena,
      budget: new ThreadBudget(4),
      clock: this.clock,
      scheduler: new UnhurriedScheduler(),
    });
    this.pipeline.bus.on('*', (message) => this.messages.push(message));
    this.running = this.pipeline.run();
    this.running.then(
      () => {
        this.isOver = true;
      },
      (error: unknown) => {
        this.isOver = true;
        this.error = error;
      },
    );
  }

  heard<T extends MessageType>(type: T): Extract<Message, { type: T }>[] {
    return this.messages.filter((message) => message.type === type) as never;
  }

  /** Lets time go on, step by step. */
  async advance(milliseconds: number, step = 10): Promise<void> {
    await settled(3);
    this.atRest();
    for (let left = milliseconds; left > 0; left -= step) {
      this.clock.advanceBy(Math.min(step, left) * 1000);
      await settled(3);
      this.atRest();
    }
  }

  /** What a sink got of each source, as `source/epoch: sequences`. */
  gotBy(sink: string): Record<string, number[]> {
    const got: Record<string, number[]> = {};
    for (const one of this.noted) {
      if (one.sink !== sink) continue;
      const key = `${one.source}/${one.epoch}`;
      got[key] ??= [];
      got[key].push(one.sequence);
    }
    return got;
  }

  /** Waits for something while time goes on. */
  async while<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = (): void => {
      isDone = true;
    };
    work.then(done, done);
    for (let turn = 0; turn < 2000 && !isDone; turn++) await this.advance(10);
    assert.ok(isDone, 'comes to an end');
    return work;
  }

  /** Ends every source; resolves when everything has been worked off. */
  async end(): Promise<PipelineSummary> {
    this.pipeline.stop();
    const summary = await this.while(this.running);
    assertConserved(summary);
    assertConserved({ ...summary, elements: summary.removed ?? [] });
    assertAllReturned(this.arena);
    assert.deepEqual([...this.open], [], 'everything is closed');
    return summary;
  }

  private ticker(): AnyElementDefinition {
    return defineElement({
      name: 'ticker',
      klass: 'Source/Test',
      summary: 'Gives a buffer every so often.',
      example: 'ticker ! collector',
      props: z.strictObject({
        periodMs: z.number().default(10),
        count: z.int().default(-1),
        media: z.string().default('tensor'),
        pooled: z.boolean().default(false),
      }),
      pads: { src: srcPad(anyMedia()) },
      negotiate: { srcCaps: ({ props: { media } }) => caps(media) },
      open: ({ context }) => {
        this.open.add(context.name);
        return context.name;
      },
      close: (name) => void this.open.delete(name),
      create: ({ props: { periodMs, count, pooled }, caps: { src }, context }) => {
        const wait = new ClockWait(context);
        const start = context.clock.now();
        const pool = pooled ? context.pool({ slabBytes: 16 }) : undefined;
        let made = 0;
        let stopped = false;
        return {
          produce: async () => {
            const due = start + (made + 1) * periodMs * 1000;
            if (made !== count && !stopped && due > context.clock.now()) await wait.until(due);
            if (made === count || stopped || context.signal.aborted) return undefined;
            const slab = await (pool?.acquire() ?? context.arena.allocate(16));
            return new StreamBuffer({ caps: src, pts: made++ * periodMs * 1000, duration: periodMs * 1000, slabs: [slab], bytes: 16 });
          },
          stop: () => {
            stopped = true;
            wait.cutShort();
          },
          close: () => pool?.close(),
        };
      },
    }) as AnyElementDefinition;
  }

  private collector(): AnyElementDefinition {
    return defineElement({
      name: 'collector',
      klass: 'Sink/Test',
      summary: 'Notes what it gets.',
      example: 'ticker ! collector',
      props: z.strictObject({ failing: z.boolean().default(false), label: z.string().default('') }),
      pads: { sink: sinkPad(anyMedia()) },
      open: ({ props, context }) => {
        if (props.failing) throw new Error('There is no such device');
        this.open.add(context.name);
        return context.name;
      },
      close: (name) => void this.open.delete(name),
      create: ({ context }) => ({
        render: ({ source, epoch, sequence, pts }) => void this.noted.push({ sink: context.name, source, epoch, sequence, pts }),
        update: ({ label }) => {
          if (label === 'refused') throw new Error('There is no such label');
        },
      }),
    }) as AnyElementDefinition;
  }

  /** Takes its time with whatever comes, as a model does. */
  private slow(): AnyElementDefinition {
    return defineElement({
      name: 'slow',
      klass: 'Filter/Test',
      summary: 'Takes its time.',
      example: 'ticker ! slow ! collector',
      props: z.strictObject({ serviceMs: z.number().default(2) }),
      pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) },
      queued: true,
      inFlight: () => 2,
      create: ({ props: { serviceMs }, context: { clock, name } }) => {
        const work = this.slowWork.get(name) ?? { atWork: 0, slabsDone: 0 };
        this.slowWork.set(name, work);
        return {
          transform: (buffer) => {
            work.atWork++;
            return new Promise((resolve) => {
              clock.schedule(clock.now() + serviceMs * 1000, () => {
                work.atWork--;
                work.slabsDone += buffer.slabs.length;
                resolve(buffer);
              });
            });
          },
        };
      },
    }) as AnyElementDefinition;
  }

  /** Takes nothing that the others give. */
  private refusing(): AnyElementDefinition {
    const wanted: FixedCaps = { media: 'nothing-like-it', fields: {} };
    return defineElement({
      name: 'refusing',
      klass: 'Sink/Test',
      summary: 'Takes nothing that the others give.',
      example: 'ticker ! refusing',
      props: z.strictObject({}),
      pads: { sink: sinkPad({ name: 'nothing-like-it', caps: [wanted] }) },
      open: ({ context }) => {
        this.open.add(context.name);
        return context.name;
      },
      close: (name) => void this.open.delete(name),
      create: () => ({ render: () => {} }),
    }) as AnyElementDefinition;
  }
}

/** 0, 1, … up to but not including a number. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
