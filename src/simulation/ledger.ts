// Keeps its own books of a running graph, beside the elements' own, and compares the two after every step.
//
// Conservation, at every element: `received = handled + dropped + in flight`, where what is in flight is counted from the
// queues and the hooks, not from the difference. Links: what comes in at an element is what its peers sent. Order: the numbers
// of a source's buffers never go back on a pad. Bounds: no queue holds more than its limits say.

import type { Element } from '../core/element/element.ts';
import type { ElementContext } from '../core/element/element-context.ts';
import type { SinkPad } from '../core/element/pad.ts';
import type { Queue } from '../core/queue/queue.ts';
import type { QueueOptions } from '../core/queue/queue-options.ts';
import type { StreamBuffer } from '../core/stream/buffer.ts';
import { InvariantError } from './broken-invariant.ts';

type Limits = Pick<QueueOptions, 'maxBuffers' | 'maxBytes'>;

export class Ledger {
  private elements: ReadonlyMap<string, Element> = new Map();
  /** What elements sent with `context.push`, by `element.pad`. */
  private readonly pushed = new Map<string, number>();
  /** Buffers that elements counted as received and lost before they were any, by element. */
  private readonly unborn = new Map<string, number>();
  /** Buffers that came to the hooks of elements that hold back, less those that they told of, by element. */
  private readonly held = new Map<string, number>();
  private readonly last = new Map<string, number>();
  /** The elements whose hooks a buffer has come to. */
  private readonly entered = new WeakMap<StreamBuffer, Set<string>>();
  private readonly limits = new WeakMap<Queue, Limits>();
  /** Hooks are not to see a fault that is not theirs: it is told at the next check. */
  private found: InvariantError | undefined;
  /** Pads that a source reaches in more than one way, where nothing can be said of the order. */
  private unordered: ReadonlySet<SinkPad> = new Set();

  /** Begins to keep the books of a graph's elements, given from sources to sinks. */
  open(elements: ReadonlyMap<string, Element>): void {
    this.elements = elements;
    this.unordered = reachedTwice([...elements.values()]);
  }

  /** A context whose sendings and losses are counted. */
  watch(context: ElementContext): ElementContext {
    const { name } = context;
    return {
      ...context,
      push: (pad, buffer) => {
        const { statistics } = this.elements.get(name)!;
        const before = statistics.produced;
        const flow = context.push(pad, buffer);
        const path = `${name}.${pad}`;
        this.pushed.set(path, (this.pushed.get(path) ?? 0) + statistics.produced - before);
        return flow;
      },
      finished: (count = 1) => {
        this.keep(name, -count);
        context.finished(count);
      },
      discarded: (cause, count = 1) => {
        this.keep(name, -count);
        context.discarded(cause, count);
      },
      dropped: (cause, count = 1) => {
        this.unborn.set(name, (this.unborn.get(name) ?? 0) + count);
        context.dropped(cause, count);
      },
    };
  }

  private keep(name: string, count: number): void {
    if (this.elements.get(name)!.definition.holdsBack === true) this.held.set(name, (this.held.get(name) ?? 0) + count);
  }

  /** A buffer comes to a hook. */
  enter(name: string, padName: string | undefined, buffer: StreamBuffer): void {
    this.keep(name, 1);
    // One of a batch that has failed is tried again, after those behind it in the batch.
    const entered = this.entered.get(buffer) ?? new Set();
    if (entered.has(name)) return;
    this.entered.set(buffer, entered.add(name));
    const { source, epoch, sequence } = buffer;
    const { sinkPads } = this.elements.get(name)!;
    const pad = padName === undefined ? [...sinkPads.values()][0]! : sinkPads.get(padName)!;
    if (this.unordered.has(pad)) return;
    const key = `${pad.path}|${source}|${epoch}`;
    const last = this.last.get(key) ?? -1;
    if (sequence < last)
      this.found ??= new InvariantError(
        'order',
        `Buffer ${sequence} of ${source}, epoch ${epoch}, came to ${pad.path} after buffer ${last}`,
        name,
      );
    this.last.set(key, sequence);
  }

  /** @throws InvariantError for what was found wrong first, now or since the last time. */
  check(): void {
    if (this.found !== undefined) throw this.found;
    for (const element of this.elements.values()) {
      this.checkCounts(element);
      this.checkLinks(element);
    }
  }

  private checkLinks({ name, statistics, sinkPads, isSource }: Element): void {
    if (isSource) return;
    let sent = 0;
    for (const { peer } of sinkPads.values()) {
      if (peer === undefined) continue;
      sent += this.pushed.get(peer.path) ?? 0;
      const others = [...peer.element.srcPads.values()];
      if (others[0] !== peer) continue;
      sent += others.reduce((rest, { path }) => rest - (this.pushed.get(path) ?? 0), peer.element.statistics.produced);
    }
    const received = statistics.received - (this.unborn.get(name) ?? 0);
    const late = statistics.dropped.get('eos') ?? 0;
    // What an element itself sends after its end counts as received by it, and dropped.
    if (received === sent || (received > sent && received - sent <= late)) return;
    throw new InvariantError('links', `${name} has received ${received} buffers, but ${sent} were sent to it`, name);
  }

  private checkCounts({ name, statistics, sinkPads }: Element): void {
    const { received, handled, droppedTotal, inFlight } = statistics;
    let queued = 0;
    let room = this.held.get(name) ?? 0;
    for (const { queueTask, peer, path } of sinkPads.values()) {
      if (queueTask === undefined) {
        if (peer !== undefined) room = Number.POSITIVE_INFINITY;
        continue;
      }
      const { queue } = queueTask;
      queued += queue.level + queue.blocked;
      room += queueTask.capacity;
      const { maxBuffers, maxBytes } = this.limitsOf(queue);
      if (queue.highWater > maxBuffers)
        throw new InvariantError('bounds', `The queue of ${path} held ${queue.highWater} buffers, and may hold ${maxBuffers}`, name);
      if (queue.levelBytes > maxBytes && queue.level > 1)
        throw new InvariantError('bounds', `The queue of ${path} holds ${queue.levelBytes} bytes, and may hold ${maxBytes}`, name);
    }
    const books = `${received} received, ${handled} handled, ${droppedTotal} dropped, ${queued} in queues`;
    if (inFlight < queued) throw new InvariantError('conservation', `${name} has counted a buffer twice: ${books}`, name);
    if (inFlight > queued + room)
      throw new InvariantError('conservation', `${name} has lost a buffer: ${books}, at most ${room} at work`, name);
  }

  /** The widest limits that a queue has had: one that is shrunk goes on holding what it held before. */
  private limitsOf(queue: Queue): Limits {
    const widest = (limit: number, before = 0): number => Math.max(limit === 0 ? Number.POSITIVE_INFINITY : limit, before);
    const before = this.limits.get(queue);
    const { maxBuffers, maxBytes } = queue.options;
    const limits = { maxBuffers: widest(maxBuffers, before?.maxBuffers), maxBytes: widest(maxBytes, before?.maxBytes) };
    this.limits.set(queue, limits);
    return limits;
  }
}

/** The sink pads that some source reaches in more than one way. */
function reachedTwice(elements: readonly Element[]): ReadonlySet<SinkPad> {
  const waysTo = new Map<SinkPad, Map<Element, number>>();
  const ways = (pad: SinkPad): Map<Element, number> => {
    const known = waysTo.get(pad);
    if (known !== undefined) return known;
    const found = new Map<Element, number>();
    waysTo.set(pad, found);
    const from = pad.peer?.element;
    if (from?.isSource === true) found.set(from, 1);
    for (const before of from?.sinkPads.values() ?? [])
      for (const [source, count] of ways(before)) found.set(source, (found.get(source) ?? 0) + count);
    return found;
  };
  const all = elements.flatMap(({ sinkPads }) => [...sinkPads.values()]);
  return new Set(all.filter((pad) => [...ways(pad).values()].some((count) => count > 1)));
}
