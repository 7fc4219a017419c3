// The scheduler: one loop for all tasks of a pipeline.
//
// Of the tasks that are ready the one nearest to the sinks goes first, so that what is in flight is finished before more is
// taken: least memory, least latency. The loop yields to I/O after a small budget of time, and rests when nothing is ready.

export interface Task {
  /** Distance from the sources; the deepest ready task goes first. */
  readonly depth: number;
  /** Does a piece of work; calls `ready` again when there is more. */
  step(): void;
}

/** How long the loop runs before it lets I/O in, in milliseconds. */
const BUDGET_MS = 2;

export class Scheduler {
  private readonly levels: Task[][] = [];
  private readonly waiting = new Set<Task>();
  private running = false;
  private deepest = -1;

  /** Marks a task as having something to do. */
  ready(task: Task): void {
    if (this.waiting.has(task)) return;
    this.waiting.add(task);
    for (let depth = this.levels.length; depth <= task.depth; depth++) this.levels.push([]);
    this.levels[task.depth]!.push(task);
    if (task.depth > this.deepest) this.deepest = task.depth;
    if (!this.running) {
      this.running = true;
      queueMicrotask(this.run);
    }
  }

  private readonly run = (): void => {
    const until = performance.now() + BUDGET_MS;
    for (let task = this.take(); task !== undefined; task = this.take()) {
      task.step();
      if (performance.now() >= until) {
        setImmediate(this.run);
        return;
      }
    }
    this.running = false;
  };

  private take(): Task | undefined {
    for (; this.deepest >= 0; this.deepest--) {
      const task = this.levels[this.deepest]!.shift();
      if (task === undefined) continue;
      this.waiting.delete(task);
      return task;
    }
    return undefined;
  }
}
