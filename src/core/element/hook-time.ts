// How long buffers wait for an element's hooks, and how long those are at work.
import { AwayTime } from '../time/away-time.ts';
import type { Microseconds } from '../time/time.ts';
import type { Element } from './element.ts';

export class HookTime {
  readonly away: AwayTime;
  private readonly element: Element;

  constructor(element: Element) {
    this.element = element;
    this.away = new AwayTime(element.clock);
  }

  /** Counts how long a buffer was in a queue, from the clock time at which it came there. */
  waited(since: Microseconds): void {
    this.element.statistics.waiting.add(this.element.clock.now() - since);
  }

  /** Takes the time of a hook that gives a result, which begins at `start`. */
  until<T>(start: number, size: number, result: Promise<T>): Promise<T>;
  until<T>(start: number, size: number, result: T | Promise<T>): T | Promise<T>;
  until<T>(start: number, size: number, result: T | Promise<T>): T | Promise<T> {
    if (!(result instanceof Promise)) {
      this.worked(start, size);
      return result;
    }
    return result.finally(() => this.worked(start, size));
  }

  /** Counts a span in which hooks were at work. */
  worked(start: number, size: number, end = this.element.clock.now()): void {
    this.element.statistics.working.add(end - start);
    this.element.host.span?.(this.element, start, end, size);
  }

  /** Takes the time of a hook that pushes: without what it spent downstream or waiting. */
  chained(start: number, away: number): void {
    const end = this.element.clock.now();
    const own = Math.max(0, end - start - this.away.end(away, end));
    this.element.statistics.working.add(own);
    this.element.host.span?.(this.element, start, start + own, 1);
  }
}
