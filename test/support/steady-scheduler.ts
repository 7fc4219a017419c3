import { Scheduler } from '../../src/core/pipeline/scheduler.ts';

/** How many steps tasks take before the loop lets others in. */
const STEPS = 256;

/** Counts steps where others measure time: how far a graph comes in a turn of the event loop is the same on every machine. */
export class SteadyScheduler extends Scheduler {
  private isAwake = false;
  private turnIsOn = false;
  private left = STEPS;

  protected override wake(): void {
    if (this.isAwake) return;
    this.isAwake = true;
    queueMicrotask(this.work);
  }

  private readonly work = (): void => {
    if (!this.turnIsOn) {
      this.turnIsOn = true;
      this.left = STEPS;
      setImmediate(this.turned);
    }
    for (; this.left > 0; this.left--) {
      const task = this.take();
      if (task === undefined) {
        this.isAwake = false;
        return;
      }
      try {
        task.step();
      } catch (error) {
        task.crashed(error);
      }
    }
  };

  /** The event loop has gone round. */
  private readonly turned = (): void => {
    this.turnIsOn = false;
    if (this.isAwake) this.work();
  };
}
