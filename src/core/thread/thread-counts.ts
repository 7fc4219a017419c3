// Tells the pipeline what has been counted in a worker thread: now and then with other notes, and when it is asked for.

import { summaryOf } from '../counts/summary.ts';
import type { Element } from '../element/element.ts';
import type { Clock } from '../time/clock.ts';
import type { Microseconds } from '../time/time.ts';
import type { NoteFromWorker } from './thread-notes.ts';

const INTERVAL: Microseconds = 100_000;

export class ThreadCounts {
  private readonly elements: ReadonlyMap<string, Element>;
  private readonly clock: Clock;
  private toldAt: Microseconds = 0;

  constructor(elements: ReadonlyMap<string, Element>, clock: Clock) {
    this.elements = elements;
    this.clock = clock;
  }

  /** Notes that are about to go, with the counts when it is time for them. */
  with(notes: readonly NoteFromWorker[]): readonly NoteFromWorker[] {
    const now = this.clock.now();
    if (now - this.toldAt < INTERVAL) return notes;
    this.toldAt = now;
    return [...notes, this.note()];
  }

  /** The counts of one element, or of all. */
  note(elements: readonly Element[] = [...this.elements.values()]): NoteFromWorker {
    return { note: 'counts', elements: elements.map(summaryOf) };
  }
}
