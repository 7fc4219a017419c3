// The sources of a worker thread as the pipeline steers them, so that a thread that is started anew has them go on where they were.
import type { SourceEpochs, SourceStart } from '../pipeline/source-task.ts';
import type { Microseconds } from '../time/time.ts';
import type { NoteToWorker } from './thread-notes.ts';

interface Steered {
  begins: SourceStart;
  isHeld: boolean;
  /** Nothing more is to come of it: its stream has ended, or is being ended. */
  isOver: boolean;
  /** What the thread has said of its epochs. */
  epochs?: SourceEpochs;
}

export class ThreadSources {
  private readonly sources = new Map<string, Steered>();
  private readonly post: (note: NoteToWorker) => void;

  constructor(post: (note: NoteToWorker) => void) {
    this.post = post;
  }

  /** Whether there are any, and none of them is to give anything any more. */
  get areOver(): boolean {
    return this.sources.size > 0 && [...this.sources.values()].every(({ isOver }) => isOver);
  }

  epochsOf(element: string): SourceEpochs | undefined {
    return this.sources.get(element)?.epochs;
  }

  /** The thread says which epochs a source has had. */
  noteEpochs(element: string, epochs: SourceEpochs | undefined): void {
    const source = this.sources.get(element);
    if (source !== undefined && epochs !== undefined) source.epochs = epochs;
  }

  start(element: string, begins: SourceStart): void {
    this.sources.set(element, { begins, isHeld: false, isOver: false });
    this.post({ note: 'start', element, start: begins });
  }

  stop(element: string): void {
    this.noteEnd(element);
    this.post({ note: 'stop', element });
  }

  /** The stream of a source has ended of itself, or is being ended in another way. */
  noteEnd(element: string): void {
    const source = this.sources.get(element);
    if (source !== undefined) source.isOver = true;
  }

  hold(element: string, isHeld: boolean): void {
    const source = this.sources.get(element);
    if (source !== undefined) source.isHeld = isHeld;
    this.post({ note: isHeld ? 'hold' : 'let-go', element });
  }

  /**
   * There is another thread: they begin there, in an epoch that none of their buffers has had. Those whose streams have ended only say
   * so again, since what was behind them in the thread may not have heard of it.
   */
  startAnew(epoch: number, at: Microseconds): void {
    for (const [element, source] of this.sources) {
      source.begins = { epoch: Math.max(epoch, source.begins.epoch + 1), at };
      this.post({ note: 'start', element, start: source.begins });
      if (source.isHeld) this.post({ note: 'hold', element });
      if (source.isOver) this.post({ note: 'stop', element });
    }
  }

  forget(element: string): void {
    this.sources.delete(element);
  }

  clear(): void {
    this.sources.clear();
  }
}
