// What a worker thread has the pipeline do for it: wake it at times of the pipeline's clock, and enter what it claims.
import type { ThreadClaim } from '../../threads/thread-budget.ts';
import { ElementError } from '../errors.ts';
import type { ThreadHost } from './thread-host.ts';
import type { NoteFromWorker } from './thread-notes.ts';

type Note<Name extends NoteFromWorker['note']> = Extract<NoteFromWorker, { note: Name }>;

export class ThreadErrands {
  private readonly host: ThreadHost;
  private readonly due: (id: number) => void;
  private readonly timers = new Map<number, () => void>();
  private readonly claims = new Map<number, ThreadClaim>();

  /** @param due Called when the time has come for which something was scheduled. */
  constructor(host: ThreadHost, due: (id: number) => void) {
    this.host = host;
    this.due = due;
  }

  schedule({ id, time, importance }: Note<'schedule'>): void {
    const reached = (): void => {
      this.timers.delete(id);
      this.due(id);
    };
    this.timers.set(id, this.host.clock.schedule(time, reached, importance));
  }

  cancel({ id }: Note<'cancel'>): void {
    this.timers.get(id)?.();
    this.timers.delete(id);
  }

  claimThreads({ id, name, threads }: Note<'claim-threads'>): void {
    this.claims.set(id, this.host.budget.claim(name, threads));
  }

  releaseThreads({ id }: Note<'release-threads'>): void {
    this.claims.get(id)?.release();
    this.claims.delete(id);
  }

  /** A file that somebody else has claimed takes the pipeline down. */
  claimFile({ element, path, writes }: Note<'claim'>): void {
    try {
      this.host.claims.claim(element, path, writes);
    } catch (error) {
      this.host.elements.fail(ElementError.from(element, error));
    }
  }

  /** The thread is gone: takes back what was done for it, but for the files that it has opened. */
  end(): void {
    for (const cancel of this.timers.values()) cancel();
    this.timers.clear();
    for (const claim of this.claims.values()) claim.release();
    this.claims.clear();
  }
}
