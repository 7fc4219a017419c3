// What a worker thread has to do with the pipeline: the memory they share, and the notes and requests that go there.
import { Arena } from '../../memory/arena.ts';
import { notCloneable } from './not-cloneable.ts';
import { Outbox } from './outbox.ts';
import { Requests } from './requests.ts';
import type { NoteFromWorker, PlannedLink, ThreadPlan, WorkerRequest } from './thread-notes.ts';
import { CapsWire } from './wire-caps.ts';
import { packError } from './wire-error.ts';
import { discard, handOver } from './wire-item.ts';

export class PipelineConnection {
  readonly arena: Arena;
  readonly wire = new CapsWire(-1);
  readonly requests: Requests<WorkerRequest>;
  /** The links of the thread. */
  links: readonly PlannedLink[];
  private readonly firstElement: string;
  private readonly outbox: Outbox<NoteFromWorker>;
  private readonly lost: (link: number) => void;

  /** @param lost Called with the link of a buffer that could not be sent. */
  constructor(plan: ThreadPlan, send: (notes: readonly NoteFromWorker[]) => void, lost: (link: number) => void) {
    this.links = plan.links;
    this.firstElement = plan.elements[0]!.name;
    this.lost = lost;
    this.arena = Arena.attach(plan.arena);
    const holders = { from: this.arena.holder, to: 0 };
    const sendAll = (notes: readonly NoteFromWorker[]): void => {
      send(notes);
      for (const note of notes)
        if ((note.note === 'item' || note.note === 'quarantine') && note.item !== undefined) handOver(note.item, this.arena, holders);
    };
    this.outbox = new Outbox(sendAll, (note, error) => this.unsendable(note, error));
    this.requests = new Requests((id, request) => this.post({ note: 'request', id, request }));
  }

  post(note: NoteFromWorker): void {
    this.outbox.post(note);
  }

  /** Has everything go at once that waits to. */
  flush(): void {
    this.outbox.flush();
  }

  private unsendable(note: NoteFromWorker, error: unknown): void {
    if (note.note === 'item') {
      discard(note.item, this.arena);
      this.fail(this.links.find(({ crossing }) => crossing?.id === note.link)?.from.element ?? this.firstElement, error);
      this.lost(note.link);
    } else if (note.note === 'quarantine' && note.item !== undefined) {
      discard(note.item, this.arena);
      const { item: _, ...rest } = note;
      this.post(rest);
    } else if (note.note === 'message' && 'element' in note.message) this.fail(note.message.element, error);
    else this.fail(this.firstElement, error);
  }

  private fail(element: string, error: unknown): void {
    this.post({ note: 'fail', error: packError(notCloneable(element, error)), afterDraining: false });
  }
}
