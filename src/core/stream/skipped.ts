import type { DropCause } from '../counts/statistics.ts';
import type { Microseconds } from '../time/time.ts';

/**
 * What a source gives in the place of a buffer: of one that nobody downstream needs, as `context.neededFrom` tells, so that the work on it
 * is left out, or of one that came and is not given.
 */
export class Skipped {
  readonly pts: Microseconds;
  readonly duration: Microseconds;
  /** Why, as it is counted. */
  readonly cause: DropCause;
  /** As that of the buffer would be. */
  readonly epoch: number;

  constructor(pts: Microseconds, duration: Microseconds = 0, cause: DropCause = 'skipped', epoch = 0) {
    this.pts = pts;
    this.duration = duration;
    this.cause = cause;
    this.epoch = epoch;
  }

  /** It holds nothing. */
  release(): void {}
}
