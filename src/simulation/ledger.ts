// Keeps its own books of a running graph, beside the elements' own, and compares the two after every step.
//
// Conservation, at every element: `received = handled + dropped + in flight`, where what is in flight is counted from the
// queues and the hooks, not from the difference. Links: what comes in at an element is what its peers sent. Order: the numbers
// of a source's buffers never go back on a pad. Bounds: no queue holds more than its limits say. The books follow the graph while it
// is edited: what is taken out is kept books of until the end.

import type { Element } from '../core/element/element.ts';
import type { ElementContext } from '../core/element/element-context.ts';
import type { SinkPad } from '../core/element/pad.ts';
import type { Queue } from '../core/queue/queue.ts';
import type { QueueOptions } from '../core/queue/queue-options.ts';
import type { StreamBuffer } from '../core/stream/buffer.ts';
import { InvariantError } from './broken-invariant.ts';
import { ElementBook } from './element-book.ts';

type Limits = Pick<QueueOptions, 'maxBuffers' | 'maxBytes'>;

export class Ledger {
  private elements: ReadonlyMap<string, Element> = new Map();
  private readonly books = new Map<Element, ElementBook>();
  /** The book of the element that has a name, or had it last. */
  private readonly named = new Map<string, ElementBook>();
  /** The elements whose hooks a buffer has come to. */
  private readonly entered = new WeakMap<StreamBuffer, Set<string>>();
  private readonly limits = new WeakMap<Queue, Limits>();
  /** Hooks are not to see a fault that is not theirs: it is told at the next check. */
  private found: InvariantError | undefined;
  /** Pads that a source reaches in more than one way, where nothing can be said of the order. */
  private readonly unordered = new Set<SinkPad>();

  /** Begins to keep the books of a graph's elements, given from sources to sinks. */
  open(elements: ReadonlyMap<string, Element>): void {
    this.elements = elements;
    this.follow();
  }

  /** The graph has been edited: takes note of what is new. */
  follow(): void {
    for (const name of this.elements.keys()) this.bookOf(name);
    // A pad that a source has reached in several ways may still hold what came by one that has gone.
    for (const pad of reachedTwice([...this.elements.values()])) this.unordered.add(pad);
  }

  /** The elements that there are or have been. */
  get everyElement(): Iterable<Element> {
    return this.books.keys();
  }

  private bookOf(name: string): ElementBook {
    const known = this.named.get(name);
    const element = this.elements.get(name);
    if (known !== undefined && (element === undefined || known.element === element)) return known;
    const book = new ElementBook(element!);
    this.books.set(element!, book);
    this.named.set(name, book);
    return book;
  }

  /** A context whose sendings and losses are counted. */
  watch(context: ElementContext): ElementContext {
    const { name } = context;
    return {
      ...context,
      push: (pad, buffer) => {
        const book = this.bookOf(name);
        const { statistics } = book.element;
        const before = statistics.produced;
        const flow = context.push(pad, buffer);
        book.push(pad, statistics.produced - before);
        return flow;
      },
      finished: (count = 1) => {
        this.bookOf(name).keep(-count);
        context.finished(count);
      },
      discarded: (cause, count = 1) => {
        this.bookOf(name).keep(-count);
        context.discarded(cause, count);
      },
      dropped: (cause, count = 1) => {
        this.bookOf(name).unborn += count;
        context.dropped(cause, count);
      },
    };
  }

  /** A buffer comes to a hook. */
  enter(name: string, padName: string | undefined, buffer: StreamBuffer): void {
    const book = this.bookOf(name);
    book.keep(1);
    // One of a batch that has failed is tried again, after those behind it in the batch.
    const entered = this.entered.get(buffer) ?? new Set();
    if (entered.has(name)) return;
    this.entered.set(buffer, entered.add(name));
    const { source, epoch, sequence } = buffer;
    const { sinkPads } = book.element;
    const pad = padName === undefined ? [...sinkPads.values()][0]! : sinkPads.get(padName)!;
    if (this.unordered.has(pad)) return;
    const key = `${pad.path}|${source}|${epoch}`;
    const last = book.last.get(key) ?? -1;
    if (sequence < last)
      this.found ??= new InvariantError(
        'order',
        `Buffer ${sequence} of ${source}, epoch ${epoch}, came to ${pad.path} after buffer ${last}`,
        name,
      );
    book.last.set(key, sequence);
  }

  /** @throws InvariantError for what was found wrong first, now or since the last time. */
  check(): void {
    if (this.found !== undefined) throw this.found;
    for (const book of this.books.values()) this.checkCounts(book);
    for (const book of this.books.values()) this.checkLinks(book);
    for (const book of this.books.values()) book.note();
  }

  private checkLinks(book: ElementBook): void {
    const { name, statistics, isSource } = book.element;
    if (isSource) return;
    const { least, most } = book.sentTo((pad) => this.books.get(pad.element)!.sentSince(pad));
    const received = statistics.received - book.unborn;
    const late = statistics.dropped.get('eos') ?? 0;
    // What an element itself sends after its end counts as received by it, and dropped.
    if (received < least || received > most + late) {
      const sent = least === most ? `${most}` : `${least} to ${most}`;
      throw new InvariantError('links', `${name} has received ${received} buffers, but ${sent} were sent to it`, name);
    }
    book.settle(Math.min(received, most));
  }

  private checkCounts({ element, held }: ElementBook): void {
    const { name, statistics, sinkPads } = element;
    const { received, handled, droppedTotal, inFlight } = statistics;
    let queued = 0;
    let room = held;
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
