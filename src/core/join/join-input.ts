// One input of a join: what has come and has not been used up, what was there before, and up to when nothing more can come.
//
// Three things say that time has passed on an input: a buffer (nothing earlier follows), a gap, and the end. The newest thing
// that was taken stays as `last`, so that it can be held, compared with what follows, or interpolated.
import type { Microseconds } from '../time/time.ts';

/** What a join has to know of the things it joins. */
export interface Timed {
  readonly pts: Microseconds;
  /** Nothing is interpolated from one epoch to the next. */
  readonly epoch?: number;
}

/** What stands in for an input that has nothing at the time of a set. */
export type OnMissing = 'skip' | 'last' | 'null' | 'interpolate';

export interface JoinInputOptions {
  /** A set without it does not leave. */
  readonly required: boolean;
  /** How far from a set's time its part may lie; `Infinity`: any distance. */
  readonly tolerance: Microseconds;
  /** How long what came last stands in, and how far apart two things may lie to be interpolated; `Infinity`: for ever. */
  readonly maxAge: Microseconds;
  readonly onMissing: OnMissing;
}

/** Told of each thing that a join holds no longer. */
export type LetGo<Item> = (item: Item, input: number, why: 'used' | 'unmatched' | 'late' | 'overflow') => void;

/** Told of each thing when it is part of a set for the first time. */
export type Use<Item> = (item: Item, input: number) => void;

interface Entry<Item> {
  readonly item: Item;
  /** Counts the arrivals at all inputs of the join. */
  readonly order: number;
  /** Clock time of the arrival. */
  readonly at: Microseconds;
}

export class JoinInput<Item extends Timed> {
  readonly index: number;
  readonly options: JoinInputOptions;
  /** The newest thing that was taken. */
  last: Item | undefined;
  /** Nothing earlier will come. */
  bound: Microseconds = Number.NEGATIVE_INFINITY;
  /** The end of the latest gap. */
  gapUntil: Microseconds = Number.NEGATIVE_INFINITY;
  ended = false;
  /** The policy could not decide for want of it. */
  isAwaited = false;
  private lastUsed = false;
  private headUsed = false;
  private readonly entries: Entry<Item>[] = [];
  private readonly letGo: LetGo<Item>;
  private readonly use: Use<Item> | undefined;

  constructor(index: number, options: JoinInputOptions, letGo: LetGo<Item>, use?: Use<Item>) {
    this.index = index;
    this.options = options;
    this.letGo = letGo;
    this.use = use;
  }

  /** The oldest thing that has not been taken. */
  get head(): Item | undefined {
    return this.entries[0]?.item;
  }

  get headOrder(): number {
    return this.entries[0]?.order ?? Number.POSITIVE_INFINITY;
  }

  /** Clock time at which the head came. */
  get headSince(): Microseconds | undefined {
    return this.entries[0]?.at;
  }

  /** How many things wait. */
  get waiting(): number {
    return this.entries.length;
  }

  /** Whether `last` has never been in a set. */
  get isLastFresh(): boolean {
    return this.last !== undefined && !this.lastUsed;
  }

  /** Whether anything has been heard of it: a buffer, a gap or the end. */
  get wasHeard(): boolean {
    return this.ended || this.bound > Number.NEGATIVE_INFINITY;
  }

  /** Whether something waits that was among the first `count` to come to the join and of which something is true. */
  holds(count: number, test: (item: Item) => boolean): boolean {
    return this.entries.some(({ item, order }) => order < count && test(item));
  }

  /** Takes a thing; what lies before the bound comes too late and is let go. */
  push(item: Item, order: number, at: Microseconds): void {
    if (item.pts < this.bound) {
      this.letGo(item, this.index, 'late');
      return;
    }
    this.bound = item.pts;
    this.entries.push({ item, order, at });
  }

  advance(until: Microseconds): void {
    if (until > this.bound) this.bound = until;
    if (until > this.gapUntil) this.gapUntil = until;
  }

  /** The head becomes `last`. */
  take(): Item {
    const { item } = this.entries.shift()!;
    this.forgetLast();
    this.last = item;
    this.lastUsed = this.headUsed;
    this.headUsed = false;
    return item;
  }

  /** Makes room: the oldest that waits goes unused. */
  dropOldest(): void {
    const oldest = this.entries.shift();
    if (oldest !== undefined) this.letGo(oldest.item, this.index, this.headUsed ? 'used' : 'overflow');
    this.headUsed = false;
  }

  /** A thing of this input is part of a set that leaves. */
  markUsed({ item, next }: { readonly item: Item; readonly next?: Item }): void {
    const { head } = this;
    if (item === this.last && !this.lastUsed) {
      this.lastUsed = true;
      this.use?.(item, this.index);
    }
    if (head === undefined || this.headUsed || (item !== head && next !== head)) return;
    this.headUsed = true;
    this.use?.(head, this.index);
  }

  /** Goes on where another one was, which is left with nothing. */
  takeOver(other: JoinInput<Item>): void {
    this.entries.push(...other.entries.splice(0));
    [this.last, this.lastUsed, this.headUsed] = [other.last, other.lastUsed, other.headUsed];
    [this.bound, this.gapUntil, this.ended] = [other.bound, other.gapUntil, other.ended];
    other.last = undefined;
  }

  private forgetLast(): void {
    if (this.last !== undefined) this.letGo(this.last, this.index, this.lastUsed ? 'used' : 'unmatched');
    this.last = undefined;
    this.lastUsed = false;
  }

  clear(): void {
    this.forgetLast();
    while (this.entries.length > 0) {
      this.take();
      this.forgetLast();
    }
  }
}
