// The clock of a pipeline, as everything in its graph has it: it goes as another clock goes, its master, and stands still in pauses,
// so that nothing falls due in them: no deadline of a batch, no timeout, no age of what waits in a queue.
//
// Its time goes on from where it was whenever another master takes over, and never goes back.
import type { Clock } from './clock.ts';
import { Crowd } from './crowd.ts';
import type { Microseconds } from './time.ts';

/** Where a clock stands against another one, for one in another thread to follow. */
export interface ClockState {
  /** The other clock's time less its own. */
  readonly shift: Microseconds;
  /** The time at which it stands; undefined while it goes on. */
  readonly stoodAt: Microseconds | undefined;
}

interface Wait {
  readonly time: Microseconds;
  readonly callback: () => void;
  readonly importance: 'background' | undefined;
  place: number;
  cancel: (() => void) | undefined;
}

export class PipelineClock implements Clock {
  private master: Clock;
  private shift: Microseconds;
  private stoodAt: Microseconds | undefined;
  /** It has shown this time already. */
  private floor: Microseconds = Number.NEGATIVE_INFINITY;
  private readonly waits = new Crowd<Wait>();

  /** @param state Where it stands against its master at first. Default: where that is. */
  constructor(master: Clock, { shift, stoodAt }: ClockState = { shift: 0, stoodAt: undefined }) {
    this.master = master;
    this.shift = shift;
    this.stoodAt = stoodAt;
  }

  now(): Microseconds {
    if (this.stoodAt !== undefined) return this.stoodAt;
    const time = this.master.now() - this.shift;
    return Math.max(time, this.floor);
  }

  get isPaused(): boolean {
    return this.stoodAt !== undefined;
  }

  /** Where it stands against a time that another clock shows now. */
  stateAgainst(other: Microseconds): ClockState {
    return { shift: other - this.now(), stoodAt: this.stoodAt };
  }

  pause(): void {
    this.stoodAt ??= this.now();
    this.arm();
  }

  play(): void {
    if (this.stoodAt === undefined) return;
    this.goOnFrom(this.stoodAt);
    this.stoodAt = undefined;
    this.arm();
  }

  /** Goes as another clock from now on. */
  use(master: Clock): void {
    const now = this.now();
    this.master = master;
    this.goOnFrom(now);
    this.arm();
  }

  /** Stands where another one does, against the same master. */
  follow({ shift, stoodAt }: ClockState): void {
    this.floor = this.now();
    this.shift = shift;
    this.stoodAt = stoodAt;
    this.arm();
  }

  schedule(time: Microseconds, callback: () => void, importance?: 'background'): () => void {
    const wait: Wait = { time, callback, importance, place: 0, cancel: undefined };
    this.waits.add(wait);
    this.armOne(wait);
    return () => {
      this.waits.delete(wait);
      wait.cancel?.();
    };
  }

  private goOnFrom(now: Microseconds): void {
    this.shift = this.master.now() - now;
    this.floor = now;
  }

  private arm(): void {
    for (const wait of this.waits.all) {
      wait.cancel?.();
      wait.cancel = undefined;
      this.armOne(wait);
    }
  }

  private armOne(wait: Wait): void {
    if (this.stoodAt !== undefined) return;
    const callback = (): void => {
      this.waits.delete(wait);
      wait.callback();
    };
    wait.cancel = this.master.schedule(wait.time + this.shift, callback, wait.importance);
  }
}
