// Notes to another thread, several to a message: whatever one turn of a scheduler says goes together, since a message costs
// some 2 µs and the wake of a sleeping thread 15 to 30.

/** More than this do not wait for the turn to end, so that the other side begins meanwhile. */
const ENOUGH = 4;

export class Outbox<Note> {
  private readonly send: (notes: readonly Note[]) => void;
  private readonly failed: (note: Note, error: unknown) => void;
  private notes: Note[] = [];
  private isDue = false;

  /** @param failed Called with a note that cannot be cloned. */
  constructor(send: (notes: readonly Note[]) => void, failed: (note: Note, error: unknown) => void) {
    this.send = send;
    this.failed = failed;
  }

  post(note: Note): void {
    this.notes.push(note);
    if (this.notes.length >= ENOUGH) this.flush();
    else if (!this.isDue) {
      this.isDue = true;
      queueMicrotask(() => {
        this.isDue = false;
        this.flush();
      });
    }
  }

  flush(): void {
    const { notes } = this;
    if (notes.length === 0) return;
    this.notes = [];
    try {
      this.send(notes);
    } catch (error) {
      // Nothing has been sent; the one that is at fault must not cost the others.
      if (notes.length === 1) this.failed(notes[0]!, error);
      else for (const note of notes) this.sendAlone(note);
    }
  }

  private sendAlone(note: Note): void {
    try {
      this.send([note]);
    } catch (error) {
      this.failed(note, error);
    }
  }
}
