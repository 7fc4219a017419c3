// What has gone into a line and not come out yet, so that what comes out is known for what it was: by its time, since lines leave
// out, double and delay, and some change the rate.
import type { Microseconds } from '../../core/time/time.ts';

export interface Inside<T> {
  readonly pts: Microseconds;
  readonly item: T;
}

export interface CameOut<T> {
  /** What it is of: that of the same time, else the latest before it. */
  readonly of: T;
  /** It has come out before. */
  readonly isRepeat: boolean;
  /** What was before it and never came, in order. */
  readonly lost: readonly T[];
}

export class FramesInside<T> {
  private readonly waiting: Inside<T>[] = [];
  private latest: Inside<T> | undefined;
  private readonly most: number;

  /** @param most How many may be inside before the oldest is taken for lost. */
  constructor(most: number) {
    this.most = most;
  }

  /** How many have not come out. */
  get size(): number {
    return this.waiting.length;
  }

  /** Something goes in. Gives what has to be taken for lost, since so much has gone in behind it. */
  add(pts: Microseconds, item: T): T | undefined {
    this.waiting.push({ pts, item });
    return this.waiting.length > this.most ? this.waiting.shift()!.item : undefined;
  }

  /** Something of a time comes out, which is left out where it has none; undefined where nothing has ever gone in. */
  comeOut(pts: Microseconds | undefined): CameOut<T> | undefined {
    const index = pts === undefined ? Math.min(0, this.waiting.length - 1) : this.indexAt(pts);
    if (index < 0) {
      if (this.latest !== undefined) return { of: this.latest.item, isRepeat: true, lost: [] };
      if (this.waiting.length === 0) return undefined;
    }
    const passed = this.waiting.splice(0, Math.max(index, 0) + 1);
    this.latest = passed.pop()!;
    return { of: this.latest.item, isRepeat: false, lost: passed.map(({ item }) => item) };
  }

  /** Forgets everything; gives what has not come out. */
  clear(): readonly T[] {
    this.latest = undefined;
    return this.waiting.splice(0).map(({ item }) => item);
  }

  /** The first of a time, else the last before it; below 0 where there is none. */
  private indexAt(pts: Microseconds): number {
    const { waiting } = this;
    let index = -1;
    while (index + 1 < waiting.length && waiting[index + 1]!.pts <= pts) {
      index++;
      if (waiting[index]!.pts === pts) break;
    }
    return index;
  }
}
