import { Scheduler, type Task } from '../core/pipeline/scheduler.ts';
import type { Choices } from './choices.ts';

/** A scheduler that does one step of one task when it is told to: which of those of equal right, and how much of it, is chosen. */
export class SteppedScheduler extends Scheduler {
  private readonly choices: Choices;

  constructor(choices: Choices) {
    super();
    this.choices = choices;
  }

  /** Has one ready task do something; gives the task and how many items it was allowed, or undefined when none is ready. */
  step(): { readonly task: Task; readonly burst: number } | undefined {
    const task = this.take();
    if (task === undefined) return undefined;
    // Half of the steps work off a single item, so that others get between as often as they can.
    const burst = this.choices.pick(2) === 0 ? 1 : 1 + this.choices.pick(task.maxBurst);
    task.burst = burst;
    try {
      task.step();
    } catch (error) {
      task.crashed(error);
    }
    return { task, burst };
  }

  /** Nothing goes by itself. */
  protected override wake(): void {}

  protected override choose(tasks: readonly Task[]): number {
    return this.choices.pick(tasks.length);
  }
}
