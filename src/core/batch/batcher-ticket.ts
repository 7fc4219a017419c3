// Gives results back in the order in which each source gave the buffers, in whatever order they were worked on; what stands
// behind a buffer in its stream stays behind it. Sources do not wait for one another.

import type { RunResult } from '../element/hook-calls.ts';
import type { StreamBuffer } from '../stream/buffer.ts';
import { type GapEvent, joinedGaps } from '../stream/event.ts';
import type { Microseconds } from '../time/time.ts';
import { Line } from './batcher-line.ts';

/** A buffer on its way through a batch, and what becomes of it. */
export interface Ticket {
  readonly buffer: StreamBuffer;
  /** Clock time from which on it waits. */
  readonly since: Microseconds;
  /** The gap that follows it in its stream. */
  gap: GapEvent | undefined;
  /** Missing once it has been dropped instead. */
  result: RunResult | undefined;
  isDone: boolean;
}

export class Tickets {
  private readonly bySource = new Map<string, { readonly line: Line<Ticket>; last: Ticket }>();

  /** A buffer comes in. */
  issue(buffer: StreamBuffer, since: Microseconds): Ticket {
    const ticket: Ticket = { buffer, since, gap: undefined, result: undefined, isDone: false };
    const known = this.bySource.get(buffer.source);
    if (known === undefined) {
      const line = new Line<Ticket>();
      line.push(ticket);
      this.bySource.set(buffer.source, { line, last: ticket });
    } else {
      known.line.push(ticket);
      known.last = ticket;
    }
    return ticket;
  }

  /** Puts a gap behind the last buffer of its source that is inside; false when there is none. */
  putBehind(gap: GapEvent): boolean {
    const own = this.bySource.get(gap.source);
    if (own === undefined || own.line.length === 0) return false;
    const { last } = own;
    last.gap = last.gap === undefined ? gap : joinedGaps(last.gap, gap);
    return true;
  }

  /** A ticket has been done; what can leave now, in order. */
  done(ticket: Ticket): Ticket[] {
    ticket.isDone = true;
    const own = this.bySource.get(ticket.buffer.source)!;
    const leaving: Ticket[] = [];
    while (own.line.first?.isDone === true) leaving.push(own.line.shift()!);
    return leaving;
  }
}
