// Gives results back in the order in which each source gave the buffers, in whatever order they were worked on; what stands
// behind a buffer in its stream stays behind it. Sources do not wait for one another, and one of which nothing is inside is
// forgotten: where cameras come and go there is no end of their names.

import type { RunResult } from '../element/hook-calls.ts';
import type { StreamBuffer } from '../stream/buffer.ts';
import { type GapEvent, joinedGaps, type SourceEvent, type StreamEvent } from '../stream/event.ts';
import type { Microseconds } from '../time/time.ts';

/** What is said of one source alone, and keeps its place in that source's stream only. */
export type Saying = GapEvent | (SourceEvent & { readonly source: string });

/** A buffer on its way through a batch, and what becomes of it. */
export interface Ticket {
  readonly buffer: StreamBuffer;
  /** Clock time from which on it waits. */
  readonly since: Microseconds;
  /** What follows it in its stream, before the next buffer. */
  behind: Saying[] | undefined;
  /** Missing once it has been dropped instead. */
  result: RunResult | undefined;
  isDone: boolean;
  /** The next buffer of its source that is inside. */
  next: Ticket | undefined;
}

export function isSaying(event: StreamEvent): event is Saying {
  return event.type !== 'caps' && event.type !== 'eos' && event.source !== undefined;
}

/** Puts a saying behind others; a gap that follows another one goes on with it. */
export function addSaying(before: readonly Saying[] | undefined, saying: Saying): Saying[] {
  const last = before?.at(-1);
  if (last?.type !== 'gap' || saying.type !== 'gap' || last.epoch !== saying.epoch) return [...(before ?? []), saying];
  return [...before!.slice(0, -1), joinedGaps(last, saying)];
}

export class Tickets {
  private readonly bySource = new Map<string, { first: Ticket; last: Ticket }>();

  /** How many sources have something inside. */
  get sourceCount(): number {
    return this.bySource.size;
  }

  /** A buffer comes in. */
  issue(buffer: StreamBuffer, since: Microseconds): Ticket {
    const ticket: Ticket = { buffer, since, behind: undefined, result: undefined, isDone: false, next: undefined };
    const own = this.bySource.get(buffer.source);
    if (own === undefined) this.bySource.set(buffer.source, { first: ticket, last: ticket });
    else {
      own.last.next = ticket;
      own.last = ticket;
    }
    return ticket;
  }

  /** Puts what is said of a source behind its last buffer that is inside; false when there is none. */
  putBehind(saying: Saying): boolean {
    const own = this.bySource.get(saying.source);
    if (own === undefined) return false;
    own.last.behind = addSaying(own.last.behind, saying);
    return true;
  }

  /** A ticket has been done; what can leave now, in order. */
  done(ticket: Ticket): Ticket[] {
    ticket.isDone = true;
    const { source } = ticket.buffer;
    const own = this.bySource.get(source)!;
    const leaving: Ticket[] = [];
    for (let one: Ticket | undefined = own.first; one?.isDone === true; one = one.next) leaving.push(one);
    const rest = leaving.at(-1)?.next;
    if (leaving.length === 0) return leaving;
    if (rest === undefined) this.bySource.delete(source);
    else own.first = rest;
    return leaving;
  }
}
