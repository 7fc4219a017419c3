// The tasks of a pipeline's sources, and in which epoch each of them begins: a source that comes back under its name goes on with a
// higher one.
import type { Element } from '../element/element.ts';
import type { Timeline } from '../time/timeline.ts';
import type { Scheduler } from './scheduler.ts';
import { type SourceEpochs, type SourceStart, SourceTask } from './source-task.ts';

/** What gives the buffers of a source: here, or in the thread where it is. */
export interface RunningSource {
  readonly busy: Promise<unknown> | undefined;
  readonly epochSpan: SourceEpochs;
  start(): void;
  stop(): void;
  /** Ends the stream; gives the epochs that it had. */
  endNow(): SourceEpochs | Promise<SourceEpochs>;
  hold(isHeld: boolean): void;
  abort(): void;
}

export class SourceTasks {
  private readonly scheduler: Scheduler;
  private readonly timeline: Timeline;
  private readonly tasks = new Map<Element, RunningSource>();
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
   * @param threaded Makes what stands for it where it is in a thread.
   */
  add(element: Element, threaded: (start: SourceStart) => RunningSource | undefined): RunningSource {
    const start = { epoch: this.epochs.get(element.name) ?? 0, at: this.haveStarted ? this.timeline.now : 0 };
    const task = threaded(start) ?? new SourceTask(element, this.scheduler, this.timeline, start);
    this.tasks.set(element, task);
    return task;
  }

  of(element: Element): RunningSource | undefined {
    return this.tasks.get(element);
  }

  remove(element: Element): void {
    const task = this.tasks.get(element);
    this.tasks.delete(element);
    if (task !== undefined) this.epochs.set(element.name, task.epochSpan.nextEpoch);
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
