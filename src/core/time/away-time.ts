import type { Clock } from './clock.ts';

/**
 * How long an element's hooks have been away: in pushes, whose time belongs to those downstream, or waiting for something that
 * has to come. What they spend so is not their own work. Absences that overlap count once.
 */
export class AwayTime {
  private readonly clock: Clock;
  /** Calls of hooks whose time is being taken; without any, nothing is measured. */
  private watched = 0;
  private absences = 0;
  private since = 0;
  private total = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get isWatched(): boolean {
    return this.watched > 0;
  }

  /** Begins to take the time of a hook's call; gives what {@link end} wants back. */
  begin(now: number): number {
    this.watched++;
    return this.until(now);
  }

  /** How long hooks have been away since `begun`. */
  end(begun: number, now: number): number {
    this.watched--;
    return this.until(now) - begun;
  }

  leave(): void {
    if (this.absences++ === 0) this.since = this.clock.now();
  }

  readonly comeBack = (): void => {
    if (--this.absences === 0) this.total += this.clock.now() - this.since;
  };

  private until(now: number): number {
    return this.absences === 0 ? this.total : this.total + now - this.since;
  }
}
