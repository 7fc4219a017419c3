// Picks the frames that a report shows: some that are spread evenly over the run, and those in which the most was found.
//
// How long a run lasts is not known beforehand: every n-th frame is kept, and when there are too many, every other one goes and
// n doubles. Of the busiest frames, only the best of each stretch of time counts, or all would be neighbours. Frames are kept
// small (see frame-shrinker.ts), in slabs of the arena: at most 2·SPREAD + BUSIEST + WAITING of them, 30 MB at most, however long it runs.
//
// A frame may come before what was found in it: it then waits among the last WAITING, ten a second at most, and is not held.
import type { StreamBuffer } from '../core/stream/buffer.ts';
import type { DetectionSet } from '../media/detection/detections.ts';
import type { Affine } from '../media/geometry.ts';
import type { Slab } from '../memory/slab.ts';

const SPREAD = 8;
const BUSIEST = 4;
const WAITING = 12;
/** Sets of detections that are remembered for frames that come after them. */
const SETS = 64;
/** How often a frame may be set aside before it is known what is in it. */
const BETWEEN_WAITING_US = 100_000;

/** A frame in small: packed red, green and blue. */
export interface SmallFrame {
  readonly slab: Slab;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** From the source frame, in whose pixels boxes are, to this picture. */
  readonly affine: Affine;
}

export interface FramePick extends SmallFrame {
  readonly source: string;
  readonly sequence: number;
  readonly ptsUs: number;
  /** What was found in it; undefined where nothing is known of it. */
  found: DetectionSet | undefined;
}

/** With the moment that its set will be of. */
type KeyedPick = FramePick & { readonly key: string };

type Moment = Pick<StreamBuffer, 'source' | 'epoch' | 'sequence' | 'pts'>;

export class FramePicks {
  private spread: KeyedPick[] = [];
  private stride = 1;
  private frames = 0;
  private readonly busiest: FramePick[] = [];
  private readonly waiting = new Map<string, KeyedPick>();
  private readonly sets = new Map<string, DetectionSet>();
  private lastWaiting = Number.NEGATIVE_INFINITY;
  private firstPts = Number.NaN;
  private lastPts = 0;
  private readonly expectsSets: boolean;

  constructor({ expectsSets }: { readonly expectsSets: boolean }) {
    this.expectsSets = expectsSets;
  }

  /** Considers a frame; `shrink` is called where it is wanted. */
  addFrame(moment: Moment, shrink: () => SmallFrame): void {
    const isSpread = this.frames++ % this.stride === 0;
    const { pts } = moment;
    if (Number.isNaN(this.firstPts)) this.firstPts = pts;
    this.lastPts = Math.max(this.lastPts, pts);
    const key = keyOf(moment);
    const found = this.sets.get(key);
    this.sets.delete(key);
    const waits = this.expectsSets && found === undefined && Math.abs(pts - this.lastWaiting) >= BETWEEN_WAITING_US;
    const isBusy = found !== undefined && this.placeOf(moment, found) !== undefined;
    if (!isSpread && !waits && !isBusy) return;
    const pick: KeyedPick = { ...shrink(), key, source: moment.source, sequence: moment.sequence, ptsUs: pts, found };
    if (isSpread) this.keepSpread(pick);
    if (isBusy) this.keepBusy(pick);
    if (waits) this.wait(pick);
    pick.slab.release();
  }

  /** Takes what was found in a frame, which may have come already, or is still to come. */
  addSet(moment: Moment, set: DetectionSet): void {
    const key = keyOf(moment);
    const waiting = this.waiting.get(key);
    const pick = waiting ?? this.spread.find((one) => one.key === key);
    if (pick === undefined) {
      this.sets.set(key, set);
      if (this.sets.size > SETS) this.sets.delete(this.sets.keys().next().value!);
      return;
    }
    pick.found = set;
    this.keepBusy(pick);
    if (waiting === undefined) return;
    this.waiting.delete(key);
    waiting.slab.release();
  }

  /** The picked frames in order of time. */
  get picks(): readonly FramePick[] {
    const chosen: FramePick[] = [];
    // While the run was short, frames counted as apart that are neighbours now.
    const isApart = (pick: FramePick, share: number): boolean =>
      chosen.every(({ source, ptsUs }) => source !== pick.source || Math.abs(ptsUs - pick.ptsUs) >= this.apart * share);
    for (const pick of [...this.busiest].sort((a, b) => countOf(b) - countOf(a))) if (isApart(pick, 1)) chosen.push(pick);
    const last = this.spread.length - 1;
    const count = Math.min(SPREAD, this.spread.length);
    const even = Array.from({ length: count }, (_, index) => this.spread[count === 1 ? 0 : Math.round((index * last) / (count - 1))]!);
    // Where some of them are too close to the busiest, others fill the gaps.
    for (const pick of [...even, ...this.spread]) {
      if (chosen.length < SPREAD + BUSIEST && !chosen.includes(pick) && isApart(pick, 0.25)) chosen.push(pick);
    }
    return chosen.sort((a, b) => a.ptsUs - b.ptsUs || a.sequence - b.sequence);
  }

  /** Gives every slab back. */
  close(): void {
    for (const { slab } of [...this.spread, ...this.busiest, ...this.waiting.values()]) slab.release();
    this.spread = [];
    this.busiest.length = 0;
    this.waiting.clear();
    this.sets.clear();
  }

  private keepSpread(pick: KeyedPick): void {
    pick.slab.retain();
    this.spread.push(pick);
    if (this.spread.length <= 2 * SPREAD) return;
    for (const [index, { slab }] of this.spread.entries()) if (index % 2 === 1) slab.release();
    this.spread = this.spread.filter((_, index) => index % 2 === 0);
    this.stride *= 2;
  }

  private keepBusy(pick: FramePick): void {
    const place = this.placeOf({ source: pick.source, pts: pick.ptsUs }, pick.found!);
    if (place === undefined) return;
    pick.slab.retain();
    this.busiest[place]?.slab.release();
    this.busiest[place] = pick;
  }

  /** Where among the busiest a frame belongs, if it does: in the place of one nearby that has less, or of the one with the least. */
  private placeOf({ source, pts }: Pick<Moment, 'source' | 'pts'>, { items }: DetectionSet): number | undefined {
    const { busiest } = this;
    const count = items.length;
    if (count === 0) return undefined;
    const near = busiest.findIndex((one) => one.source === source && Math.abs(one.ptsUs - pts) < this.apart);
    if (near >= 0) return count > countOf(busiest[near]!) ? near : undefined;
    if (busiest.length < BUSIEST) return busiest.length;
    const least = busiest.reduce((best, one, index) => (countOf(one) < countOf(busiest[best]!) ? index : best), 0);
    return count > countOf(busiest[least]!) ? least : undefined;
  }

  /** How far two frames have to be from each other so that both are worth showing. */
  private get apart(): number {
    return (this.lastPts - this.firstPts) / (4 * BUSIEST);
  }

  private wait(pick: KeyedPick): void {
    this.lastWaiting = pick.ptsUs;
    pick.slab.retain();
    this.waiting.set(pick.key, pick);
    if (this.waiting.size <= WAITING) return;
    const [oldest, { slab }] = this.waiting.entries().next().value!;
    this.waiting.delete(oldest);
    slab.release();
  }
}

function keyOf({ source, epoch, pts }: Moment): string {
  return `${epoch} ${pts} ${source}`;
}

function countOf({ found }: FramePick): number {
  return found?.items.length ?? 0;
}
