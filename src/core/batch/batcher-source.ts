import type { Microseconds } from '../time/time.ts';

/** What a batcher knows of one of its sources. */
export interface BatcherSource {
  readonly name: string;
  readonly index: number;
  /** Sources of a larger priority go first, always. */
  readonly priority: number;
  /** The most of its items in one batch. */
  readonly limit: number;
  /** How many of its items a batch waits for. */
  readonly share: number;
  /** Silent for longer, in microseconds, it is not waited for. */
  readonly idleAfter: Microseconds;
  /** Whether batches wait for it. */
  readonly isCounted: boolean;
  hasEnded: boolean;
  /** Not waited for until it gives something again. */
  isExcused: boolean;
  lastAt: Microseconds;
  waiting: number;
  /** How many of its items are in the batch that is being formed, which is the `turn`th. */
  picked: number;
  turn: number;
}

/** Whether a batch has to wait for more of a source. */
export function isMissed(source: BatcherSource): boolean {
  return source.isCounted && !source.hasEnded && !source.isExcused && source.waiting < source.share;
}
