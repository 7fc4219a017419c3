import type { Microseconds } from '../time/time.ts';

/** What a source gives in the place of a buffer that nobody downstream needs, as `context.neededFrom` tells: the work on it is left out. */
export class Skipped {
  readonly pts: Microseconds;
  readonly duration: Microseconds;

  constructor(pts: Microseconds, duration: Microseconds = 0) {
    this.pts = pts;
    this.duration = duration;
  }

  /** It holds nothing. */
  release(): void {}
}
