// Forms batches: from the items of one source or of many, in the order of turns, by the clock's absolute times.
//
// It has no timer and reads no clock. Who uses it adds what comes, asks for batches with `take`, and asks again when something
// has come, or at the time that `wakeAt` says. A batch leaves when it is full, when its oldest item has waited long enough, when
// the next item cannot be in one batch with it, or when something ends. Items of one length bucket share batches (a lane);
// items of one shape share lanes (a section), and sections leave one after the other.
//
// Sources take turns, and the turn is remembered from batch to batch. Sources that have been declared are waited for, until they
// end, are excused, or are silent for too long; sources that turn up by themselves are not.

import type { BatchCause } from '../counts/statistics.ts';
import { ADAPTIVE_WAIT_MS, type BatchOptions, batchFlawOf } from '../queue/queue-options.ts';
import type { Microseconds } from '../time/time.ts';
import { Lane, type Waiting } from './batcher-lane.ts';
import { ArrivalRate } from './batcher-rate.ts';
import { type BatcherSource, isMissed } from './batcher-source.ts';

export interface Batch<T> {
  readonly items: readonly T[];
  readonly cause: BatchCause;
  /** Places in the batch: more than items only where just certain sizes will do. */
  readonly slots: number;
  /** How long the oldest of its items has waited. */
  readonly waited: Microseconds;
  /** The sum of the items' lengths, and what it comes to when each is as long as the longest; 0 where lengths are not given. */
  readonly length: number;
  readonly paddedLength: number;
}

export interface Arrival {
  readonly source: string;
  readonly at: Microseconds;
  /** When it entered the graph; default: when it came. */
  readonly bornAt?: Microseconds;
  /** Items of different shapes, compared by identity, are in different batches. */
  readonly shape?: unknown;
  readonly length?: number;
}

export interface BatcherUse<T> {
  /** Whether old items may be dropped. */
  readonly isLive?: boolean;
  /** Takes an item that was dropped since it was too old. */
  dropped?(item: T): void;
}

interface Section<T> {
  readonly shape: unknown;
  readonly lanes: Map<number, Lane<T>>;
  waiting: number;
  /** Why nothing joins it any more. */
  closed: BatchCause | undefined;
}

/** Sources that take turns. */
interface Level {
  readonly priority: number;
  readonly sources: BatcherSource[];
  next: number;
}

const [SHORTEST, LONGEST] = [ADAPTIVE_WAIT_MS.least * 1000, ADAPTIVE_WAIT_MS.most * 1000];

export class Batcher<T> {
  private options: BatchOptions;
  private readonly use: BatcherUse<T>;
  private preferred: readonly number[] = [];
  private readonly sources = new Map<string, BatcherSource>();
  private readonly counted: BatcherSource[] = [];
  private readonly levels: Level[] = [];
  private readonly everyone: Level = { priority: 0, sources: [], next: 0 };
  private readonly sections: Section<T>[] = [];
  private readonly rate = new ArrivalRate();
  /** Places of sources in lanes, which are used again. */
  private readonly freeIndexes: number[] = [];
  private indexes = 0;
  private total = 0;
  private turn = 0;
  /** A counted source that was missed when last looked for; most often it still is. */
  private missed = 0;
  /** No source falls silent before. */
  private idleAt: Microseconds = 0;
  /** Places owed to sources of low priority. */
  private owed = 0;

  constructor(options: BatchOptions, use: BatcherUse<T> = {}) {
    this.options = options;
    this.use = use;
    this.change(options);
  }

  /**
   * Goes by other options from the next batch on; what they say of sources holds for those that come later.
   *
   * @throws RangeError for options that contradict each other.
   */
  change(options: BatchOptions): void {
    const flaw = batchFlawOf(options);
    if (flaw !== undefined) throw new RangeError(flaw);
    this.options = options;
    this.preferred = [...options.preferredSizes].sort((a, b) => b - a);
  }

  /** Items that wait. */
  get waiting(): number {
    return this.total;
  }

  /** Whether something waits that nothing joins any more. */
  get isClosing(): boolean {
    return this.firstSection()?.closed !== undefined;
  }

  /** How many sources have been seen. */
  get sourceCount(): number {
    return this.sources.size;
  }

  waitingOf(source: string): number {
    return this.sources.get(source)?.waiting ?? 0;
  }

  /** Declares a source, for which batches wait from now on; one that had ended begins anew. */
  addSource(name: string, now: Microseconds, { idleMs = 0 }: { readonly idleMs?: number } = {}): void {
    const known = this.sources.get(name);
    const source = known ?? this.makeSource(name, idleMs > 0 ? idleMs * 1000 : Number.POSITIVE_INFINITY, true);
    Object.assign(source, { hasEnded: false, isExcused: false, lastAt: now });
    this.idleAt = 0;
  }

  /** A source has ended: nothing waits for it any more. With the last one, what is left leaves. */
  endSource(name: string): void {
    const source = this.sources.get(name);
    if (source === undefined) return;
    source.hasEnded = true;
    if (this.counted.every(({ hasEnded }) => hasEnded)) this.close('eos');
  }

  /** Forgets a source of which nothing waits. */
  removeSource(name: string): void {
    const source = this.sources.get(name);
    if (source === undefined) return;
    this.sources.delete(name);
    this.freeIndexes.push(source.index);
    const place = this.counted.indexOf(source);
    if (place >= 0) this.counted.splice(place, 1);
    this.missed = 0;
    for (const level of [this.everyone, ...this.levels]) {
      const at = level.sources.indexOf(source);
      if (at < 0) continue;
      level.sources.splice(at, 1);
      if (level.next > at) level.next--;
      if (level.next >= level.sources.length) level.next = 0;
    }
  }

  /** A source has nothing to give for now: it is not waited for until it has. */
  excuse(name: string, now: Microseconds): void {
    const source = this.sources.get(name);
    if (source === undefined) return;
    source.isExcused = true;
    source.lastAt = now;
  }

  add(item: T, { source: name, at, bornAt = at, shape, length = 0 }: Arrival): void {
    const source = this.sources.get(name) ?? this.makeSource(name, Number.POSITIVE_INFINITY, false);
    source.lastAt = at;
    if (source.isExcused) {
      source.isExcused = false;
      this.idleAt = Math.min(this.idleAt, at + source.idleAfter);
    }
    if (this.options.adaptive) this.rate.add(at);
    const section = this.sectionFor(shape);
    const bucket = this.bucketOf(length);
    let lane = section.lanes.get(bucket);
    if (lane === undefined) {
      lane = new Lane();
      section.lanes.set(bucket, lane);
    }
    lane.add({ item, source, at, bornAt, length, gone: false });
    section.waiting++;
    this.total++;
  }

  /** What waits leaves, and what comes later is not in a batch with it. */
  close(cause: BatchCause): void {
    const last = this.sections.at(-1);
    if (last !== undefined) last.closed ??= cause;
  }

  /** A batch that is due, or undefined. */
  take(now: Microseconds): Batch<T> | undefined {
    if (this.total === 0) return undefined;
    this.excuseSilent(now);
    if (this.use.isLive === true && this.options.maxStalenessMs > 0) this.dropStale(now - this.options.maxStalenessMs * 1000);
    const section = this.firstSection();
    if (section === undefined) return undefined;
    let best: { lane: Lane<T>; size: number; cause: BatchCause; at: Microseconds } | undefined;
    for (const lane of section.lanes.values()) {
      if (lane.waiting === 0) continue;
      const due = this.due(section, lane, now);
      const { at } = lane.oldest!;
      if (due !== undefined && (best === undefined || at < best.at)) best = { ...due, lane, at };
    }
    return best === undefined ? undefined : this.form(section, best.lane, best.size, best.cause, now);
  }

  /** When to ask again though nothing comes; undefined when that would be in vain. */
  get wakeAt(): Microseconds | undefined {
    const section = this.firstSection();
    if (section === undefined) return undefined;
    let time = this.counted.length === 0 ? Number.POSITIVE_INFINITY : this.idleAt;
    const window = this.window;
    if (window !== undefined) {
      for (const { oldest } of section.lanes.values()) if (oldest !== undefined) time = Math.min(time, oldest.at + window);
    }
    return time === Number.POSITIVE_INFINITY ? undefined : time;
  }

  /** Forgets everything that waits, and gives it back. */
  clear(): T[] {
    const items: T[] = [];
    for (const section of this.sections.splice(0)) {
      for (const lane of section.lanes.values()) {
        for (let one = lane.oldest; one !== undefined; one = lane.oldest) items.push(lane.takeFrom(one.source)!.item);
      }
    }
    this.total = 0;
    return items;
  }

  /** How long the oldest item may wait; undefined: for a full batch. */
  private get window(): Microseconds | undefined {
    const { adaptive, maxWaitMs, latencyTargetMs, maxSize } = this.options;
    const most = latencyTargetMs === null ? Number.POSITIVE_INFINITY : latencyTargetMs * 1000;
    const asked = maxWaitMs === null ? Number.POSITIVE_INFINITY : maxWaitMs * 1000;
    const measured = adaptive ? this.rate.timeFor(maxSize) : undefined;
    const window = Math.min(most, measured === undefined ? asked : Math.min(LONGEST, Math.max(SHORTEST, Math.round(measured))));
    return window === Number.POSITIVE_INFINITY ? undefined : window;
  }

  /** Whether a lane has a batch that may leave now, how large and why. */
  private due(section: Section<T>, lane: Lane<T>, now: Microseconds): { size: number; cause: BatchCause } | undefined {
    const { maxSize } = this.options;
    const preferred = this.largestPreferred(lane.fair);
    if (preferred !== undefined) return { size: preferred, cause: preferred === maxSize ? 'full' : 'preferred' };
    const size = Math.min(lane.available, maxSize);
    const fits = this.options.strict ? (this.largestPreferred(size) ?? size) : size;
    if (lane.fair >= maxSize) return { size: fits, cause: 'full' };
    if (section.closed !== undefined) return { size: fits, cause: section.closed };
    if (this.counted.length > 0 && !this.isAnyMissed()) return { size: fits, cause: 'full' };
    const window = this.window;
    return window !== undefined && now >= lane.oldest!.at + window ? { size: fits, cause: 'deadline' } : undefined;
  }

  private form(section: Section<T>, lane: Lane<T>, size: number, cause: BatchCause, now: Microseconds): Batch<T> {
    const picked = this.pick(lane, size);
    section.waiting -= size;
    this.total -= size;
    let [oldest, length, longest] = [now, 0, 0];
    const items: T[] = [];
    for (const one of picked) {
      if (one.at < oldest) oldest = one.at;
      if (one.length > longest) longest = one.length;
      length += one.length;
      items.push(one.item);
    }
    return { items, cause, slots: this.slotsFor(size), waited: now - oldest, length, paddedLength: longest * size };
  }

  private pick(lane: Lane<T>, size: number): Waiting<T>[] {
    const picked: Waiting<T>[] = [];
    const { fairShare, maxSize } = this.options;
    this.turn++;
    const top = fairShare === 0 ? undefined : this.levels.find(({ sources }) => sources.some((one) => lane.firstOf(one) !== undefined));
    if (top !== undefined) {
      this.owed = Math.min(maxSize, this.owed + fairShare * size);
      const kept = Math.min(size, Math.floor(this.owed));
      this.pickFrom(this.everyone, lane, kept, picked, top.priority);
      // Who has nothing waiting saves nothing up.
      this.owed = picked.length < kept ? 0 : this.owed - kept;
    }
    for (const level of this.levels) if (picked.length < size) this.pickFrom(level, lane, size, picked);
    return picked;
  }

  /** One of each source in turn, until there are `size`. */
  private pickFrom(level: Level, lane: Lane<T>, size: number, picked: Waiting<T>[], below = Number.POSITIVE_INFINITY): void {
    const { sources } = level;
    let at = level.next;
    for (let passed = 0; picked.length < size && passed < sources.length; passed++) {
      const source = sources[at]!;
      at = at + 1 === sources.length ? 0 : at + 1;
      if (source.priority >= below) continue;
      if (source.turn !== this.turn) {
        source.turn = this.turn;
        source.picked = 0;
      }
      const one = source.picked < source.limit ? lane.takeFrom(source) : undefined;
      if (one === undefined) continue;
      source.picked++;
      picked.push(one);
      level.next = at;
      passed = -1;
    }
  }

  private slotsFor(size: number): number {
    if (!this.options.strict) return size;
    let slots = size;
    for (const one of this.preferred) if (one >= size) slots = one;
    return slots;
  }

  private largestPreferred(size: number): number | undefined {
    for (const one of this.preferred) if (one <= size) return one;
    return undefined;
  }

  private isAnyMissed(): boolean {
    const { counted } = this;
    for (let passed = 0; passed < counted.length; passed++) {
      if (isMissed(counted[this.missed]!)) return true;
      this.missed = this.missed + 1 === counted.length ? 0 : this.missed + 1;
    }
    return false;
  }

  private excuseSilent(now: Microseconds): void {
    if (now < this.idleAt) return;
    this.idleAt = Number.POSITIVE_INFINITY;
    for (const source of this.counted) {
      if (source.hasEnded || source.isExcused) continue;
      const idleAt = source.lastAt + source.idleAfter;
      if (now >= idleAt) source.isExcused = true;
      else this.idleAt = Math.min(this.idleAt, idleAt);
    }
  }

  private dropStale(limit: Microseconds): void {
    for (const section of this.sections) {
      for (const lane of section.lanes.values()) {
        for (const source of this.sources.values()) {
          for (let one = lane.firstOf(source); one !== undefined && one.bornAt < limit; one = lane.firstOf(source)) {
            lane.takeFrom(source);
            section.waiting--;
            this.total--;
            this.use.dropped?.(one.item);
          }
        }
      }
    }
  }

  /** The section whose turn it is; those that have been worked off go. */
  private firstSection(): Section<T> | undefined {
    while (this.sections[0]?.waiting === 0) this.sections.shift();
    return this.sections[0];
  }

  private sectionFor(shape: unknown): Section<T> {
    const last = this.sections.at(-1);
    if (last !== undefined && last.closed === undefined) {
      if (last.shape === shape) return last;
      last.closed = 'shape';
    }
    const section: Section<T> = { shape, lanes: new Map(), waiting: 0, closed: undefined };
    this.sections.push(section);
    return section;
  }

  private bucketOf(length: number): number {
    for (const bound of this.options.lengthBuckets) if (length <= bound) return bound;
    return Number.POSITIVE_INFINITY;
  }

  private makeSource(name: string, idleAfter: Microseconds, isCounted: boolean): BatcherSource {
    const { maxPerSource, priorities } = this.options;
    const source: BatcherSource = {
      name,
      index: this.freeIndexes.pop() ?? this.indexes++,
      priority: priorities[name] ?? 0,
      limit: maxPerSource ?? Number.POSITIVE_INFINITY,
      share: maxPerSource ?? (isCounted ? 1 : Number.POSITIVE_INFINITY),
      idleAfter,
      isCounted,
      hasEnded: false,
      isExcused: false,
      lastAt: 0,
      waiting: 0,
      picked: 0,
      turn: 0,
    };
    this.sources.set(name, source);
    this.everyone.sources.push(source);
    if (isCounted) this.counted.push(source);
    let level = this.levels.find(({ priority }) => priority === source.priority);
    if (level === undefined) {
      level = { priority: source.priority, sources: [], next: 0 };
      this.levels.push(level);
      this.levels.sort((a, b) => b.priority - a.priority);
    }
    level.sources.push(source);
    return source;
  }
}
