import type { Microseconds } from '../time/time.ts';

/** What is needed of a source: nothing of this epoch before `pts`. Travels upstream, from whoever cannot use what is earlier. */
export interface Need {
  readonly source: string;
  readonly epoch: number;
  readonly pts: Microseconds;
}

/** What several receivers need of a source between them; undefined, everything, as soon as one of them has not spoken. */
export function sharedNeed(needs: readonly (Need | undefined)[]): Need | undefined {
  let least: Need | undefined;
  for (const need of needs) {
    if (need === undefined || (least !== undefined && need.epoch !== least.epoch)) return undefined;
    if (least === undefined || need.pts < least.pts) least = need;
  }
  return least;
}
