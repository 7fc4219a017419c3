// When a run is at its end: all elements that nothing leaves have come to theirs, and nobody holds it open for what is still to be
// added.
import type { Element } from '../element/element.ts';

export class RunEnd {
  private readonly unfinished = new Set<Element>();
  private readonly waits = new Map<Element, () => void>();
  private readonly holds = new Set<symbol>();
  private edits = 0;
  private isStopping = false;
  private readonly letGo: () => void;
  private outcome: { resolve: () => void; reject: (error: Error) => void } | undefined;

  /** @param letGo Called when nobody holds the run open any more, before it is looked whether it is at its end. */
  constructor(letGo: () => void) {
    this.letGo = letGo;
  }

  /** Resolves when these, and those that are added, have ended; rejects when the run fails. */
  begin(elements: Iterable<Element>): Promise<void> {
    this.unfinished.clear();
    this.isStopping = false;
    for (const element of elements) this.expect(element);
    return new Promise((resolve, reject) => {
      this.outcome = { resolve, reject };
      this.look();
    });
  }

  /** Whether the end of a run is waited for. */
  get isAwaited(): boolean {
    return this.outcome !== undefined;
  }

  /** Whether anything may still be added. */
  get isHeld(): boolean {
    return this.edits > 0 || this.isHeldByApplication;
  }

  get isHeldByApplication(): boolean {
    return this.holds.size > 0 && !this.isStopping;
  }

  /** Waits for an element too, if nothing leaves it and something comes to it. */
  expect(element: Element): void {
    if (element.isTerminal && (element.isSource || element.isFed)) this.unfinished.add(element);
    else this.unfinished.delete(element);
  }

  /** Resolves when an element has come to its end. */
  endOf(element: Element): Promise<void> {
    if (!this.unfinished.has(element)) return Promise.resolve();
    return new Promise((resolve) => this.waits.set(element, resolve));
  }

  /** An element has come to its end, or is not in the graph any more. */
  ended(element: Element): void {
    this.unfinished.delete(element);
    this.waits.get(element)?.();
    this.waits.delete(element);
    this.look();
  }

  /** Keeps the run from ending until the function that is returned is called. */
  hold(): () => void {
    const hold = Symbol('hold');
    this.holds.add(hold);
    return () => {
      if (this.holds.delete(hold)) this.released();
    };
  }

  /** Keeps the run from ending while an edit is under way. */
  async during<T>(edit: () => Promise<T>): Promise<T> {
    this.edits++;
    try {
      return await edit();
    } finally {
      this.edits--;
      this.released();
    }
  }

  /** The run comes to its end whoever holds it. */
  stop(): void {
    this.isStopping = true;
    this.released();
  }

  fail(error: Error): void {
    this.outcome?.reject(error);
  }

  /** The run is over, whatever came of it. */
  finish(): void {
    this.outcome = undefined;
  }

  private released(): void {
    if (this.isHeld || !this.isAwaited) return;
    this.letGo();
    this.look();
  }

  private look(): void {
    if (this.unfinished.size === 0 && !this.isHeld) this.outcome?.resolve();
  }
}
