// A harness for one element: a graph of its own around it, on a clock that stands still and over an arena of its own. What a test
// pushes in at its sink pads, and what comes out at its src pads, is all there is.
//
//     const test = await testElement(scoreFilter, { props: { threshold: 0.5 }, caps: { sink: detectionCaps } });
//     await test.push({ pts: 0, value: { items } });
//     assert.equal(test.buffers().length, 1);
//     await test.end();
//
// `end` and `close` assert that every buffer has been accounted for and that every slab is back.
import type { z } from 'zod';
import type { FixedCaps } from '../core/caps/caps.ts';
import type { PipelineSummary } from '../core/counts/summary.ts';
import type { AnyElementDefinition } from '../core/element/define-element.ts';
import type { ElementDescription, GraphInput } from '../core/graph/graph-description.ts';
import { Registry } from '../core/graph/registry.ts';
import type { Message, MessageType } from '../core/pipeline/message.ts';
import { Pipeline } from '../core/pipeline/pipeline.ts';
import { type BufferInit, StreamBuffer } from '../core/stream/buffer.ts';
import type { SourceEvent } from '../core/stream/event.ts';
import type { Microseconds } from '../core/time/time.ts';
import { Arena } from '../memory/arena.ts';
import { ThreadBudget } from '../threads/thread-budget.ts';
import { assertAllReturned, assertConserved } from './assert-conserved.ts';
import { Catcher, type Caught, type CaughtEnd } from './catcher.ts';
import { Feed } from './feed.ts';
import { ManualClock } from './manual-clock.ts';
import { settled } from './settled.ts';

/** Any definition that `defineElement` returns. */
interface Definition<Shape extends z.ZodObject> {
  readonly name: string;
  readonly props: Shape;
}

export interface ElementTestOptions<Shape extends z.ZodObject = z.ZodObject> {
  readonly props?: z.input<Shape>;
  /** What is pushed into each sink pad; a request pad comes into being by its name here (`sink_0`). */
  readonly caps?: Readonly<Record<string, FixedCaps>>;
  /** The src pads to link. Default: all that are always there, and one of each that is made on request. */
  readonly srcPads?: readonly string[];
  /** What a graph may say of an element beside its props: `queue`, `batch`, `inFlight`, `onError`. */
  readonly settings?: Omit<ElementDescription, 'type' | 'props'>;
  /** No more buffers than this are taken from a src pad, so that an endless source comes to rest. Default: 1000. */
  readonly maxOutputs?: number;
  readonly arenaBytes?: number;
  readonly baseFolder?: string;
  readonly outputFolder?: string;
}

export class ElementTest {
  readonly clock = new ManualClock(1_000_000);
  readonly arena: Arena;
  readonly pipeline: Pipeline;
  readonly messages: Message[] = [];
  private readonly feeds: ReadonlyMap<string, Feed>;
  private readonly catchers: ReadonlyMap<string, Catcher>;
  private readonly caps: Readonly<Record<string, FixedCaps>>;
  private running: Promise<PipelineSummary> | undefined;

  constructor(definition: AnyElementDefinition, options: ElementTestOptions) {
    const { props = {}, caps = {}, settings = {}, maxOutputs = 1000, arenaBytes = 2 ** 26, baseFolder, outputFolder } = options;
    this.caps = caps;
    this.arena = Arena.create({ maximumBytes: arenaBytes });
    const { name, pads } = definition;
    this.feeds = new Map(Object.entries(caps).map(([pad, one]) => [pad, new Feed(`feed-${pad}`, one)]));
    const srcPads = options.srcPads ?? Object.keys(pads).flatMap((pad) => (pads[pad]!.direction === 'src' ? [pad.replace('%u', '0')] : []));
    this.catchers = new Map(srcPads.map((pad) => [pad, new Catcher(`catch-${pad}`, maxOutputs)]));
    const around = [...this.feeds.values(), ...this.catchers.values()].map((one) => one.definition);
    const description = {
      elements: {
        [name]: { ...settings, type: name, props },
        ...Object.fromEntries(around.map((one) => [one.name, { type: one.name }])),
      },
      links: [
        ...[...this.feeds.keys()].map((pad) => `feed-${pad} ! ${name}.${pad}`),
        ...[...this.catchers.keys()].map((pad) => `${name}.${pad} ! catch-${pad}`),
      ],
    } as GraphInput;
    const registry = new Registry().add([definition, ...around], 'test');
    this.pipeline = new Pipeline(description, {
      registry,
      arena: this.arena,
      budget: new ThreadBudget(4),
      clock: this.clock,
      baseFolder,
      outputFolder,
    });
    this.pipeline.bus.on('*', (message) => this.messages.push(message));
  }

  /** Opens the element and begins to run it. @throws GraphError when the caps do not fit; what the element throws on opening. */
  async start(): Promise<this> {
    await this.pipeline.negotiate();
    this.running = this.pipeline.run();
    // A failure is told by `end`; until somebody asks, it must not end the process.
    this.running.catch(() => {});
    await settled();
    return this;
  }

  /** A buffer of a pad's caps, with `bytes` of payload copied into a slab of the arena where they are given. */
  buffer(init: Partial<Omit<BufferInit, 'bytes'>> & { readonly payload?: Uint8Array }, pad = 'sink'): StreamBuffer {
    const { payload, ...rest } = init;
    const slabs = payload === undefined ? {} : { slabs: [this.arena.allocate(payload.length)], bytes: payload.length };
    if (payload !== undefined) this.arena.bytes(slabs.slabs![0]!.offset, payload.length).set(payload);
    return new StreamBuffer({ pts: 0, source: 'test', caps: this.capsOf(pad), ...slabs, ...rest });
  }

  /** Pushes a buffer, or what to make one of; resolves when the element has taken it, which backpressure may delay. */
  async push(what: StreamBuffer | Parameters<ElementTest['buffer']>[0], pad = 'sink'): Promise<void> {
    const buffer = what instanceof StreamBuffer ? what : this.buffer(what, pad);
    await this.feedOf(pad).push(buffer);
  }

  /** Says on a sink pad that time passed without data. */
  async gap(pts: Microseconds, duration: Microseconds, pad = 'sink', source = 'test', epoch = 0): Promise<void> {
    await this.feedOf(pad).gap(pts, duration, source, epoch);
  }

  /** Says something of a source on a sink pad: that it begins, or that it has ended and others go on. */
  async event(event: SourceEvent, pad = 'sink'): Promise<void> {
    await this.feedOf(pad).event(event);
    await settled();
  }

  /** Ends the stream of one sink pad. */
  async eos(pad = 'sink'): Promise<void> {
    this.feedOf(pad).end();
    await settled();
  }

  /** Everything that came out of a src pad so far, caps, gaps and the end included. */
  out(pad = 'src'): readonly Caught[] {
    return this.catcherOf(pad).caught;
  }

  /** The sources whose end came out of a src pad so far, and behind how many buffers. */
  sourceEnds(pad = 'src'): readonly CaughtEnd[] {
    return this.catcherOf(pad).sourceEnds;
  }

  /** The buffers that came out of a src pad so far; valid until `end` or `close`. */
  buffers(pad = 'src'): readonly StreamBuffer[] {
    return this.catcherOf(pad).buffers;
  }

  /** Keeps what is behind a src pad from taking buffers, until the function that is returned is called. */
  block(pad = 'src'): () => void {
    const catcher = this.catcherOf(pad);
    let unblock = (): void => {};
    catcher.hold = new Promise((resolve) => {
      unblock = resolve;
    });
    return () => {
      catcher.hold = undefined;
      unblock();
    };
  }

  /** Messages of one type that were posted so far. */
  heard<T extends MessageType>(type: T): Extract<Message, { type: T }>[] {
    return this.messages.filter((message) => message.type === type) as never;
  }

  /** Lets everything happen that can without time passing. */
  async settled(): Promise<void> {
    await settled();
  }

  /**
   * Ends every stream, and stops a source; resolves once everything has been worked off. What came out can be looked at in
   * `inspect`, before it is let go.
   *
   * @throws What the element failed of; AssertionError when a buffer or a slab has been lost.
   */
  async end(inspect?: () => void): Promise<PipelineSummary> {
    for (const feed of this.feeds.values()) feed.end();
    if (this.feeds.size === 0) this.pipeline.stop();
    try {
      const summary = await this.running!;
      inspect?.();
      return summary;
    } finally {
      this.finish();
    }
  }

  /** Aborts. @throws AssertionError when a buffer or a slab has been lost. */
  async close(): Promise<void> {
    await this.pipeline.close();
    this.finish();
  }

  private finish(): void {
    for (const catcher of this.catchers.values()) catcher.release();
    assertConserved(this.pipeline.summary());
    assertAllReturned(this.arena);
  }

  private capsOf(pad: string): FixedCaps {
    this.feedOf(pad);
    return this.caps[pad]!;
  }

  private feedOf(pad: string): Feed {
    const feed = this.feeds.get(pad);
    if (feed === undefined)
      throw new RangeError(`Cannot push to ${pad}: give its caps in the options; there are ${[...this.feeds.keys()].join(', ') || 'none'}`);
    return feed;
  }

  private catcherOf(pad: string): Catcher {
    const catcher = this.catchers.get(pad);
    if (catcher === undefined)
      throw new RangeError(`Nothing comes out of ${pad}; linked are ${[...this.catchers.keys()].join(', ') || 'no pads'}`);
    return catcher;
  }
}

/** Opens an element in a graph of its own and begins to run it. */
export async function testElement<Shape extends z.ZodObject>(
  definition: Definition<Shape>,
  options: ElementTestOptions<Shape> = {},
): Promise<ElementTest> {
  return new ElementTest(definition as unknown as AnyElementDefinition, options as ElementTestOptions).start();
}
