// The tasks of a pipeline's sources, and in which epoch each of them begins: a source that comes back under its name goes on with a
// higher one.
import type { Element } from '../element/element.ts';
import type { ThreadedSource } from '../thread/threaded-element.ts';
import type { Timeline } from '../time/timeline.ts';
import type { Scheduler } from './scheduler.ts';
import { SourceTask } from './source-task.ts';

export class SourceTasks {
  private readonly scheduler: Scheduler;
  private readonly timeline: Timeline;
  private readonly tasks = new Map<Element, SourceTask | ThreadedSource>();
  private readonly epochs = new Map<string, number>();
  private haveStarted = false;

  constructor(scheduler: Scheduler, timeline: Timeline) {
    this.scheduler = scheduler;
    this.timeline = timeline;
  }

  clear(): void {
    this.tasks.clear();
    this.epochs.clear();
    this.haveStarted = false;
  }

  /**
   * Makes the task of a source, which begins now, or, with those that the run begins with, at 0: how long it takes to make them all is
   * not to be seen in their times.
   *
   * @param threaded What stands for it where it is in a thread.
   */
  add(element: Element, threaded?: ThreadedSource): SourceTask | ThreadedSource {
    const start = { epoch: this.epochs.get(element.name) ?? 0, at: this.haveStarted ? this.timeline.now : 0 };
    const task = threaded ?? new SourceTask(element, this.scheduler, this.timeline, start);
    this.tasks.set(element, task);
    return task;
  }

  of(element: Element): SourceTask | ThreadedSource | undefined {
    return this.tasks.get(element);
  }

  remove(element: Element): void {
    const task = this.tasks.get(element);
    this.tasks.delete(element);
    if (task instanceof SourceTask) this.epochs.set(element.name, task.nextEpoch);
  }

  start(): void {
    this.haveStarted = true;
    for (const task of this.tasks.values()) task.start();
  }

  /** Ends every stream. */
  stop(): void {
    for (const task of this.tasks.values()) task.stop();
  }

  /** Gives all up without an end of their streams. */
  abort(): void {
    for (const task of this.tasks.values()) task.abort();
  }
}
