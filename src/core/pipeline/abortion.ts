import { setMaxListeners } from 'node:events';
import type { Element } from '../element/element.ts';

/** What tells those that are at work in a run to let go: all of them, or a single element. */
export class Abortion {
  readonly signal: AbortSignal;
  /** Resolves when all have been told. */
  readonly isOver: Promise<void>;
  private readonly all = new AbortController();
  private readonly single = new Map<Element, AbortController>();

  constructor() {
    this.signal = this.all.signal;
    // Many may listen, and that is no leak.
    setMaxListeners(0, this.signal);
    this.isOver = new Promise((resolve) => this.signal.addEventListener('abort', () => resolve()));
  }

  /** What an element is told by. */
  signalOf(element: Element): AbortSignal {
    const controller = new AbortController();
    setMaxListeners(0, controller.signal);
    if (this.signal.aborted) controller.abort(this.signal.reason);
    this.single.set(element, controller);
    return controller.signal;
  }

  abort(reason: Error): void {
    this.all.abort(reason);
    for (const controller of this.single.values()) controller.abort(this.signal.reason);
  }

  abortOnly(element: Element, reason: Error): void {
    this.single.get(element)?.abort(reason);
    this.single.delete(element);
  }
}
