import type { Microseconds } from '../time/time.ts';
import type { OverloadCondition } from './overload-options.ts';

/** A step taken against overload (`up`) or undone (`down`). */
export interface OverloadRecord {
  /** The element that is watched. */
  readonly element: string;
  readonly measure: OverloadCondition['measure'];
  readonly step: string;
  readonly direction: 'up' | 'down';
  /** What it changed, such as `thin.every=3`. */
  readonly changes: string;
  /** What led to it: a share for levels and drops, milliseconds otherwise. */
  readonly measured: number;
  /** What it was compared with: `above` on the way up, `below` on the way down. */
  readonly threshold: number;
  /**
   * Why it was undone where that was not for what was measured. edit: elements came or went that the ladder is about; standstill: nothing
   * went on while a source was paused.
   */
  readonly because?: 'edit' | 'standstill';
  /** Since the graph began to play. */
  readonly at: Microseconds;
}

export interface OverloadSummary {
  /** The steps in force, in the order in which they were taken. */
  readonly taken: readonly string[];
  /** How often each step was taken. */
  readonly counts: Readonly<Record<string, number>>;
  /** The last steps up and down. */
  readonly steps: readonly OverloadRecord[];
}
