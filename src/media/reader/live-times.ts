// Brings the times of a live input to running time.
//
// What came first came now. Nothing can have been captured later than it came, so that a frame which comes ahead of its time pulls
// all that follow back; and where even the fastest of a while come late, the sender's clock is slower than ours, and all that follow
// are moved on, a little at a time: only what drifts for good is followed, and a network that is slow for a while is not.
//
// A sender's times may jump, where its clock is set. Pictures go on meanwhile, and so do the times that they are given: what comes back in
// time comes now, and what comes far ahead of its time does so anyway.
import { MICROSECONDS_PER_SECOND, type Microseconds } from '../../core/time/time.ts';

const WINDOW = 10 * MICROSECONDS_PER_SECOND;

/** Clocks of cameras are at most so far off: 500 millionths of a window. */
const MOST_PER_WINDOW: Microseconds = 5000;

/** So far ahead of its time nothing comes by chance, and so far back a sender does not go by mistake. */
const JUMP: Microseconds = MICROSECONDS_PER_SECOND;

export class LiveTimes {
  /** By how much the sender's times have jumped with what came last: forward, or, where negative, back; 0 mostly. */
  jumped: Microseconds = 0;
  private offset: Microseconds | undefined;
  private last: Microseconds = -1;
  /** What came last, by its sender's clock, and by that of its arrival. */
  private before = { time: 0, arrivedAt: 0 };
  private windowEnd: Microseconds = 0;
  /** By how much the fastest of this window came late. */
  private leastLate = Number.POSITIVE_INFINITY;

  /** The sender counts anew. */
  restart(): void {
    this.offset = undefined;
  }

  /**
   * The running time of what bears `time` by its sender and came at `now`; never less than the one before.
   *
   * @param arrivedAt When it came by another clock, which tells what was early from what had waited: several may be taken at once.
   */
  at(time: Microseconds, now: Microseconds, arrivedAt = now): Microseconds {
    if (this.offset === undefined) {
      this.offset = now - time;
      this.before = { time, arrivedAt };
      this.beginWindow(now);
    }
    const step = time - this.before.time;
    let late = now - (time + this.offset);
    this.jumped = 0;
    if (step < 0) {
      if (step < -JUMP) this.jumped = step;
      this.offset += late;
      late = 0;
      this.beginWindow(now);
    } else if (late < -JUMP && step - (arrivedAt - this.before.arrivedAt) > JUMP) this.jumped = -late;
    this.before = { time, arrivedAt };
    if (late < 0) {
      this.offset += late;
      this.leastLate = 0;
    } else this.leastLate = Math.min(this.leastLate, late);
    if (now >= this.windowEnd) {
      this.offset += Math.min(this.leastLate, MOST_PER_WINDOW);
      this.beginWindow(now);
    }
    this.last = Math.max(this.last, time + this.offset);
    return this.last;
  }

  private beginWindow(now: Microseconds): void {
    this.windowEnd = now + WINDOW;
    this.leastLate = Number.POSITIVE_INFINITY;
  }
}
