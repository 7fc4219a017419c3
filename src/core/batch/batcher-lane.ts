// What waits together in a batcher: items that may share a batch, in a line for each source, and all of them by arrival.

import type { Microseconds } from '../time/time.ts';
import { Line } from './batcher-line.ts';
import type { BatcherSource } from './batcher-source.ts';

/** An item that waits. */
export interface Waiting<T> {
  readonly item: T;
  readonly source: BatcherSource;
  /** When it came. */
  readonly at: Microseconds;
  /** When it, or what it was made from, entered the graph. */
  readonly bornAt: Microseconds;
  /** How long it is, where items differ in that. */
  readonly length: number;
  gone: boolean;
}

export class Lane<T> {
  waiting = 0;
  /** Of those, what a batch may hold: no more of a source than its limit. */
  available = 0;
  /** Of those, what counts towards a full batch: no more of a source than its share. */
  fair = 0;
  private readonly bySource: (Line<Waiting<T>> | undefined)[] = [];
  private readonly byArrival = new Line<Waiting<T>>();

  /** The one that came first. */
  get oldest(): Waiting<T> | undefined {
    while (this.byArrival.first?.gone === true) this.byArrival.shift();
    return this.byArrival.first;
  }

  firstOf({ index }: BatcherSource): Waiting<T> | undefined {
    return this.bySource[index]?.first;
  }

  add(one: Waiting<T>): void {
    const { source } = one;
    let line = this.bySource[source.index];
    if (line === undefined) {
      line = new Line();
      this.bySource[source.index] = line;
    }
    if (line.length < source.limit) this.available++;
    if (line.length < source.share) this.fair++;
    line.push(one);
    this.byArrival.push(one);
    this.waiting++;
    source.waiting++;
  }

  /** Takes the first item of a source. */
  takeFrom(source: BatcherSource): Waiting<T> | undefined {
    const line = this.bySource[source.index];
    const one = line?.shift();
    if (one === undefined) return undefined;
    if (line!.length < source.limit) this.available--;
    if (line!.length < source.share) this.fair--;
    one.gone = true;
    this.waiting--;
    source.waiting--;
    return one;
  }
}
