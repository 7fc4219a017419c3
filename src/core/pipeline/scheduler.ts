// The scheduler: one loop for all tasks of a pipeline.
//
// Of the tasks that are ready the one nearest to the sinks goes first, so that what is in flight is finished before more is
// taken: least memory, least latency. In each turn of the event loop the tasks have a small budget of time, however often they
// run dry and are woken again in it (asynchronous hooks that resolve at once would otherwise keep I/O out for ever). A task
// whose steps take long does less in each.

import { performance } from 'node:perf_hooks';

export interface Task {
  /** Distance from the sources; the deepest ready task goes first. */
  readonly depth: number;
  /** The most items a step may work off. */
  readonly maxBurst: number;
  /** How many items the next step may work off; the scheduler's. */
  burst: number;
  /** Whether it waits for its turn; the scheduler's. */
  isReady: boolean;
  /** Does a piece of work; calls `ready` again when there is more. */
  step(): void;
  /** A step threw, which only a fault of the runtime itself can make it do. */
  crashed(error: unknown): void;
}

/** How long tasks run before the loop lets I/O in, in milliseconds. */
const BUDGET_MS = 2;
/** A step should not take longer than this, in milliseconds. */
const STEP_MS = 1;

export class Scheduler {
  private readonly levels: Task[][] = [];
  private running = false;
  private deepest = -1;
  private turnEnds = 0;
  private inTurn = false;
  private yielded = false;

  /** Marks a task as having something to do. */
  ready(task: Task): void {
    if (task.isReady) return;
    task.isReady = true;
    for (let depth = this.levels.length; depth <= task.depth; depth++) this.levels.push([]);
    this.levels[task.depth]!.push(task);
    if (task.depth > this.deepest) this.deepest = task.depth;
    this.wake();
  }

  /** There is a task; a scheduler that is stepped by somebody does nothing about it. */
  protected wake(): void {
    if (this.running) return;
    this.running = true;
    queueMicrotask(this.run);
  }

  /** Which of several ready tasks of the same depth goes next. */
  protected choose(_tasks: readonly Task[]): number {
    return 0;
  }

  private readonly run = (): void => {
    let now = performance.now();
    if (!this.inTurn) {
      this.inTurn = true;
      this.turnEnds = now + BUDGET_MS;
      setImmediate(this.turn);
    }
    for (;;) {
      if (now >= this.turnEnds) {
        this.yielded = true;
        return;
      }
      const task = this.take();
      if (task === undefined) break;
      try {
        task.step();
      } catch (error) {
        task.crashed(error);
      }
      const start = now;
      now = performance.now();
      if (now - start > STEP_MS) task.burst = Math.max(1, task.burst >> 1);
      else if (task.burst < task.maxBurst) task.burst++;
    }
    this.running = false;
  };

  /** The event loop has gone round. */
  private readonly turn = (): void => {
    this.inTurn = false;
    if (!this.yielded) return;
    this.yielded = false;
    this.run();
  };

  /** The task that goes next; undefined when none is ready. */
  protected take(): Task | undefined {
    for (; this.deepest >= 0; this.deepest--) {
      const level = this.levels[this.deepest]!;
      const index = level.length < 2 ? 0 : this.choose(level);
      const task = index === 0 ? level.shift() : level.splice(index, 1)[0];
      if (task === undefined) continue;
      task.isReady = false;
      return task;
    }
    return undefined;
  }
}
