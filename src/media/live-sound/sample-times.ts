// When samples were heard, by the machine's clock, of which only the count and the time at which they came are known. What a device
// stamps them with is of no use for it: it wanders by a third of a second while the sound server finds out how long its ways are.
//
// Samples that were lost on the way are not in the count: from then on everything comes late by as much, and does not make up for it,
// as it would after a while in which somebody was busy.
import { MICROSECONDS_PER_MILLISECOND, MICROSECONDS_PER_SECOND, type Microseconds } from '../../core/time/time.ts';
import { EarliestLine } from './earliest-line.ts';

/** What comes later than this, for so long and so many times, comes behind something that was lost. */
const LATE = 50 * MICROSECONDS_PER_MILLISECOND;
const FOR_GOOD = 2 * MICROSECONDS_PER_SECOND;
const TIMES = 20;

export interface Stretch {
  /** Where it begins and ends, by the count of samples and of what was lost. */
  readonly begin: Microseconds;
  readonly end: Microseconds;
  /** How much was found to have been lost before it. */
  readonly lost: Microseconds;
}

export class SampleTimes {
  private readonly line = new EarliestLine();
  private lost: Microseconds = 0;
  /** Since when everything has been late, and by how much at least. */
  private late: { readonly position: Microseconds; readonly at: Microseconds; least: Microseconds; times: number } | undefined;

  /** By how much the device is slower than the machine's clock: 1.0001 is 100 millionths. */
  get slope(): number {
    return this.line.slope;
  }

  /** Samples from `pts` on, by their count, have come at `at`. */
  came(pts: Microseconds, duration: Microseconds, at: Microseconds): Stretch {
    let begin = pts + this.lost;
    const lost = this.line.isKnown ? this.lostBefore(begin + duration, at) : 0;
    this.lost += lost;
    begin += lost;
    const end = begin + duration;
    this.line.add(end, at);
    return { begin, end, lost };
  }

  /** When a sample was heard. */
  timeOf(position: Microseconds): Microseconds {
    return this.line.at(position);
  }

  /** Which sample is heard at a time. */
  positionAt(time: Microseconds): Microseconds {
    return this.line.positionAt(time);
  }

  /** The device counts anew. */
  restart(): void {
    this.line.restart();
    this.lost = 0;
    this.late = undefined;
  }

  private lostBefore(position: Microseconds, at: Microseconds): Microseconds {
    const by = at - this.line.at(position);
    if (by < LATE) {
      this.late = undefined;
      return 0;
    }
    this.late ??= { position, at, least: by, times: 0 };
    const { late } = this;
    late.least = Math.min(late.least, by);
    if (++late.times < TIMES || position - late.position < FOR_GOOD || at - late.at < FOR_GOOD) return 0;
    this.late = undefined;
    return Math.round(late.least);
  }
}
