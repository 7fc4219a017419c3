// What the five ways of joining have in common: a policy looks at the inputs and says which set comes next, or whose word it
// has to wait for. Policies have no clock and no pads: the same arrivals give the same sets, whenever they are asked.
import type { Microseconds } from '../time/time.ts';
import type { JoinInput, Timed } from './join-input.ts';

/** What one input gives to a set. */
export interface Member<Item> {
  readonly item: Item;
  /** Of the set's own time; otherwise it stands in. */
  readonly isPresent: boolean;
  /** The one that follows, when the two are to be interpolated, and how much of it there is in the result, 0..1. */
  readonly next?: Item;
  readonly weight?: number;
}

/** A set before anybody has asked whether anything required is missing. */
export interface Draft<Item> {
  readonly pts: Microseconds;
  /** One for each input. */
  readonly members: readonly (Member<Item> | undefined)[];
}

export interface JoinPolicy<Item extends Timed> {
  /**
   * The next set, or undefined while that is open; whoever has to be waited for is then marked as awaited.
   *
   * @param isForced Nobody is waited for any more: what is not known to be there is missing.
   */
  decide(inputs: readonly JoinInput<Item>[], isForced: boolean): Draft<Item> | undefined;
  /** Whether an input will never be part of a set again. */
  isSpent(input: JoinInput<Item>, inputs: readonly JoinInput<Item>[]): boolean;
  /** Clock time since which the next set has been waiting; undefined when none is. */
  since(inputs: readonly JoinInput<Item>[]): Microseconds | undefined;
  /** Nothing that leaves from now on is earlier. */
  bound(inputs: readonly JoinInput<Item>[]): Microseconds;
}

/** What stands in for an input at a time at which it has nothing. */
export function standIn<Item extends Timed>({ options, last, head }: JoinInput<Item>, pts: Microseconds): Member<Item> | undefined {
  if (options.onMissing === 'last') {
    return last !== undefined && pts - last.pts <= options.maxAge ? { item: last, isPresent: false } : undefined;
  }
  if (options.onMissing !== 'interpolate' || last === undefined || head === undefined) return undefined;
  const span = head.pts - last.pts;
  if (span > options.maxAge || span <= 0 || pts < last.pts || head.epoch !== last.epoch) return undefined;
  return { item: last, isPresent: false, next: head, weight: (pts - last.pts) / span };
}

/** Whether it is certain what an input has up to `until`, and what stands in for it at `pts`. */
export function isSettled<Item extends Timed>(input: JoinInput<Item>, pts: Microseconds, until: Microseconds): boolean {
  const { options, last, head, ended, bound } = input;
  if (head !== undefined || ended) return true;
  // What follows is needed to interpolate, unless it would come too late for that.
  const following = options.onMissing === 'interpolate' && last !== undefined ? last.pts + options.maxAge : pts;
  return bound > Math.max(until, following);
}

/**
 * Of what was there before and what comes next the nearer one, where it is near enough; the next one when both are as near.
 * What has been given to a set already and has nothing behind it would be near for ever where no tolerance says otherwise: it
 * is held by `onMissing`, if at all.
 */
export function nearest<Item extends Timed>(input: JoinInput<Item>, pts: Microseconds): Item | undefined {
  const { head, options, isLastFresh } = input;
  const last = head !== undefined || isLastFresh || Number.isFinite(options.tolerance) ? input.last : undefined;
  const before = last === undefined ? Number.POSITIVE_INFINITY : Math.abs(pts - last.pts);
  const after = head === undefined ? Number.POSITIVE_INFINITY : head.pts - pts;
  const chosen = before < after ? last : head;
  return Math.min(before, after) <= options.tolerance ? chosen : undefined;
}

/** How far beyond a time something may come that is nearer to it than what was there before; 0 where any distance would do. */
export function reachOf<Item extends Timed>({ last, options }: JoinInput<Item>, pts: Microseconds): Microseconds {
  if (!Number.isFinite(options.tolerance)) return 0;
  return last === undefined ? options.tolerance : Math.min(options.tolerance, Math.abs(pts - last.pts));
}

/** Clock time at which the first of what waits came. */
export function oldestArrival<Item extends Timed>(inputs: readonly JoinInput<Item>[]): Microseconds | undefined {
  let since: Microseconds | undefined;
  for (const { headSince } of inputs) if (headSince !== undefined && (since === undefined || headSince < since)) since = headSince;
  return since;
}

/** Nothing earlier than this comes from any of the inputs. */
export function smallestBound<Item extends Timed>(inputs: readonly JoinInput<Item>[]): Microseconds {
  let least = Number.POSITIVE_INFINITY;
  for (const { head, ended, bound } of inputs) {
    if (head !== undefined) least = Math.min(least, head.pts);
    else if (!ended) least = Math.min(least, bound);
  }
  return least;
}
