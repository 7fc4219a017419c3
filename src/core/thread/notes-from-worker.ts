// What the pipeline does about what a worker thread says of its elements.

import { negotiateSrcPads, renegotiate } from '../caps/negotiate.ts';
import type { Element } from '../element/element.ts';
import type { ElementError } from '../errors.ts';
import type { StreamBuffer } from '../stream/buffer.ts';
import type { LostCounts } from './lost-counts.ts';
import type { ThreadConnection } from './thread-connection.ts';
import type { ThreadHost } from './thread-host.ts';
import type { NoteFromWorker, WorkerRequest } from './thread-notes.ts';
import type { ThreadSources } from './thread-sources.ts';
import type { WireStructure } from './wire-caps.ts';
import { packError, unpackError } from './wire-error.ts';
import { discard, ItemUnpacker } from './wire-item.ts';

export class NotesFromWorker {
  private readonly connection: ThreadConnection;
  private readonly host: ThreadHost;
  private readonly elements: ReadonlyMap<string, Element>;
  private readonly lost: LostCounts;
  private readonly sources: ThreadSources;

  /**
   * @param elements Those that are in the thread now; what is said of others came too late.
   * @param known What outlives the thread: what was counted in earlier ones of the same elements, and how its sources are steered.
   */
  constructor(
    connection: ThreadConnection,
    host: ThreadHost,
    elements: ReadonlyMap<string, Element>,
    { lost, sources }: { lost: LostCounts; sources: ThreadSources },
  ) {
    this.connection = connection;
    this.lost = lost;
    this.sources = sources;
    this.host = host;
    this.elements = elements;
  }

  take(note: NoteFromWorker): void {
    const { connection, host } = this;
    const { errands } = connection;
    switch (note.note) {
      case 'item':
        this.receive(note);
        return;
      case 'taken':
        if (!connection.isOver) connection.inward.get(note.link)?.taken(note.flow);
        return;
      case 'need':
        if (!connection.isOver) connection.sources.get(note.link)?.hearNeed(note.need);
        return;
      case 'answer':
        connection.requests.answered(note.id, note.answer);
        return;
      case 'request':
        this.answer(note.id, note.request);
        return;
      case 'message':
        host.elements.post(note.message);
        return;
      case 'quarantine':
        this.setAside(note);
        return;
      case 'fail':
        host.elements.fail(unpackError(note.error) as ElementError, note.afterDraining);
        return;
      case 'gave-up': {
        const element = this.elements.get(note.element);
        if (element === undefined) return;
        element.restarts.hasGivenUp = true;
        host.elements.gaveUp(element, unpackError(note.error) as ElementError);
        return;
      }
      case 'ended': {
        const element = this.elements.get(note.element);
        if (element !== undefined) host.elements.ended(element);
        return;
      }
      case 'source-ended':
        this.sources.noteEnd(note.element);
        return;
      case 'position':
        this.elements.get(note.element)?.context.position(note.position, note.duration);
        return;
      case 'span': {
        const element = this.elements.get(note.element);
        if (element !== undefined) host.elements.span?.(element, note.start, note.end, note.size);
        return;
      }
      case 'claim':
        errands.claimFile(note);
        return;
      case 'schedule':
        errands.schedule(note);
        return;
      case 'cancel':
        errands.cancel(note);
        return;
      case 'claim-threads':
        errands.claimThreads(note);
        return;
      case 'release-threads':
        errands.releaseThreads(note);
        return;
      case 'counts':
        // What a thread has said last comes after it was known to have died.
        if (connection.isOver) return;
        for (const own of note.elements) {
          const counts = this.lost.with(own);
          const element = this.elements.get(counts.name);
          if (element === undefined) continue;
          element.reported = counts;
          element.statistics.takeOver(counts);
        }
        return;
      case 'ready':
    }
  }

  private receive({ link, item }: Extract<NoteFromWorker, { note: 'item' }>): void {
    const { connection, host } = this;
    const arrival = connection.isOver ? undefined : connection.outward.get(link);
    if (arrival === undefined) discard(item, host.arena);
    else arrival.receive(item);
  }

  private setAside({ message, error: packed, item }: Extract<NoteFromWorker, { note: 'quarantine' }>): void {
    const { connection, host } = this;
    const error = unpackError(packed) as ElementError;
    if (item === undefined) {
      host.elements.post({ ...message, error });
      return;
    }
    const buffer = new ItemUnpacker(connection.wire, host.arena).unpack(item) as StreamBuffer;
    const element = this.elements.get(message.element);
    if (element !== undefined) host.elements.setAside({ element, buffer, error, attempts: message.attempts ?? 1 });
    buffer.release();
  }

  /** Settles caps for an element in the worker, whose neighbours are here. */
  private answer(id: number, { element: name, pad, caps }: WorkerRequest): void {
    const { connection } = this;
    const { wire } = connection;
    const element = this.elements.get(name);
    if (element === undefined) return;
    try {
      const settled = caps === undefined || renegotiate(element, element.sinkPads.get(pad!)!, wire.unpack(caps));
      if (caps === undefined) negotiateSrcPads(element);
      const srcs = [...element.srcPads.values()].flatMap(({ name: src, caps: one }): [string, WireStructure][] =>
        one === undefined ? [] : [[src, wire.pack(one)]],
      );
      connection.post({ note: 'answer', id, answer: { value: { settled, srcs } } });
    } catch (error) {
      connection.post({ note: 'answer', id, answer: { error: packError(error) } });
    }
  }
}
