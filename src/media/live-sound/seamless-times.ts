// Gives stretches of sound times at which each ends where the next begins, although the graph's clock does not go as the device's does:
// where they are off, stretches are taken to be a little longer or shorter than they are, by a fiftieth at most.
//
// Behind something that was lost, or a pause, there is a seam: the next stretch is at its own time, and never before the one before it.
import { MICROSECONDS_PER_MILLISECOND, MICROSECONDS_PER_SECOND, type Microseconds } from '../../core/time/time.ts';
import { within } from './earliest-line.ts';
import type { Stretch } from './sample-times.ts';

const SEAM = 50 * MICROSECONDS_PER_MILLISECOND;
const HORIZON = 2 * MICROSECONDS_PER_SECOND;
const MOST_STRETCHED = 0.02;

export interface StretchTime {
  readonly pts: Microseconds;
  readonly duration: Microseconds;
  /** How much time has passed without sound since the stretch before it. */
  readonly gap: Microseconds;
}

export class SeamlessTimes {
  /** Where the stretch before ends, by its samples and in time. */
  private before: { readonly position: Microseconds; readonly time: number } | undefined;
  private end: Microseconds | undefined;

  /** @param due When its first sample was heard, as far as is known now. */
  at({ begin, end }: Pick<Stretch, 'begin' | 'end'>, due: Microseconds): StretchTime {
    const { before } = this;
    const seamless = before === undefined ? due : before.time + begin - before.position;
    const isSeam = before === undefined || Math.abs(due - seamless) > SEAM;
    const start = Math.max(isSeam ? due : seamless, this.end ?? 0);
    const stop = start + (end - begin) * (1 + within((due - start) / HORIZON, MOST_STRETCHED));
    const pts = Math.round(start);
    const gap = pts - (this.end ?? pts);
    this.before = { position: end, time: stop };
    this.end = Math.round(stop);
    return { pts, duration: this.end - pts, gap };
  }

  /** The device counts anew. */
  restart(): void {
    this.before = undefined;
  }
}
