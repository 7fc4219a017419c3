// A ladder of steps against overload at one element: climbed one by one while the next step's measure is too high, descended one
// by one, in reverse order, while that of the last step taken is low enough. It knows no element; its rungs do what has to be done.
//
// What keeps it from flapping: two thresholds; a mean over a window that begins anew after each step; a time that each step stays
// at least; and that time doubles when a step had to be taken again soon after it was undone, which shows that without it the load
// does not fit.

import type { Microseconds } from '../time/time.ts';
import type { OverloadCondition } from './overload-options.ts';
import { OverloadWindow, type Running } from './overload-window.ts';

/** The longest that a step stays, as a multiple of its `dwellMs`. */
const MOST_PATIENCE = 16;

export interface Rung {
  readonly when: Pick<OverloadCondition, 'above' | 'below' | 'windowMs' | 'dwellMs'>;
  read(): Running;
  /** False when the step cannot be taken; it is passed over from then on. */
  take(measured: number): boolean;
  undo(measured: number): void;
}

interface State {
  readonly rung: Rung;
  readonly window: OverloadWindow;
  readonly below: number;
  usable: boolean;
  patience: number;
  undoneAt: Microseconds;
}

export class OverloadLadder {
  private readonly states: readonly State[];
  /** Rungs that have been taken, in that order. */
  private readonly taken: State[] = [];
  private steppedAt = Number.NEGATIVE_INFINITY;

  constructor(rungs: readonly Rung[]) {
    this.states = rungs.map((rung) => ({
      rung,
      window: new OverloadWindow(rung.when.windowMs * 1000),
      below: rung.when.below ?? rung.when.above / 2,
      usable: true,
      patience: 1,
      undoneAt: Number.NEGATIVE_INFINITY,
    }));
  }

  /** How many steps are taken now. */
  get level(): number {
    return this.taken.length;
  }

  /** Looks at everything, and goes up or down by one step at most. */
  look(now: Microseconds): void {
    for (const { rung, window } of this.states) window.add(now, rung.read());
    const next = this.states.find((state) => state.usable && !this.taken.includes(state));
    const load = next?.window.mean;
    if (next !== undefined && load !== undefined && load > next.rung.when.above) {
      this.climb(next, load, now);
      return;
    }
    const last = this.taken.at(-1);
    const relief = last?.window.mean;
    if (last === undefined || relief === undefined || relief > last.below) return;
    if (now - this.steppedAt < dwellOf(last)) return;
    this.taken.pop();
    last.undoneAt = now;
    this.stepped(now);
    last.rung.undo(relief);
  }

  /** Undoes every step, the last first, whatever is measured. */
  undoAll(): void {
    for (let last = this.taken.pop(); last !== undefined; last = this.taken.pop()) last.rung.undo(last.window.mean ?? 0);
  }

  /**
   * Passes over a rung from now on; when it has been taken, it is undone with all that were taken since.
   *
   * @param isMeant Of the place of a rung.
   * @returns The place of the first that is meant and has been taken; undefined where none has.
   */
  leaveOut(isMeant: (place: number) => boolean): number | undefined {
    const first = this.taken.find((state) => isMeant(this.states.indexOf(state)));
    if (first === undefined) return undefined;
    first.usable = false;
    for (const { window } of this.states) window.restart();
    for (let last: State | undefined; last !== first; ) {
      last = this.taken.pop()!;
      last.rung.undo(last.window.mean ?? 0);
    }
    return this.states.indexOf(first);
  }

  private climb(state: State, load: number, now: Microseconds): void {
    const without = now - state.undoneAt;
    // Soon is within twice the time that it was kept; the patience it has gained it keeps until it has been away for longer.
    if (without <= 2 * dwellOf(state)) state.patience = Math.min(MOST_PATIENCE, state.patience * 2);
    else state.patience = 1;
    this.stepped(now);
    if (state.rung.take(load)) this.taken.push(state);
    else state.usable = false;
  }

  private stepped(now: Microseconds): void {
    this.steppedAt = now;
    for (const { window } of this.states) window.restart();
  }
}

function dwellOf({ rung, patience }: State): Microseconds {
  return rung.when.dwellMs * 1000 * patience;
}
