import { Scheduler } from '../../src/core/pipeline/scheduler.ts';
import type { ManualClock } from '../../src/testing/manual-clock.ts';

/** A scheduler that is stepped by hand: what happens, and in which order, has nothing to do with how fast anything is. */
export class HandScheduler extends Scheduler {
  protected override wake(): void {}

  /** Has ready tasks do their work until none is ready. */
  async rest(): Promise<void> {
    do await new Promise(setImmediate);
    while (this.step());
  }

  /** Goes on with the clock, from appointment to appointment, until something has come true. */
  async advance(clock: ManualClock, isOver: () => boolean): Promise<void> {
    for (await this.rest(); !isOver() && clock.next !== undefined; await this.rest()) clock.advanceTo(clock.next);
  }

  private step(): boolean {
    const task = this.take();
    task?.step();
    return task !== undefined;
  }
}
