// The steps that a graph declares against overload, as long as a pipeline runs. They rest while elements come or go that they are
// about, and those that are whole afterwards go on from where they were.
import type { Element } from '../element/element.ts';
import type { Message } from '../pipeline/message.ts';
import type { SourceTasks } from '../pipeline/source-tasks.ts';
import { changeQueues } from '../queue/plan-queues.ts';
import type { ElementThreads } from '../thread/element-threads.ts';
import type { Clock } from '../time/clock.ts';
import type { Wait } from '../watch/wait-graph.ts';
import { changeIssues, gaugeIssues } from './overload-check.ts';
import { OverloadControl } from './overload-control.ts';
import { changesOf, type OverloadStep } from './overload-options.ts';
import type { OverloadSummary } from './overload-summary.ts';

/** What it needs of a pipeline. */
interface Overloaded {
  readonly clock: Clock;
  readonly elements: ReadonlyMap<string, Element>;
  readonly sources: SourceTasks;
  readonly threads: ElementThreads;
  post(message: Message): void;
}

export class PipelineOverload {
  readonly steps: readonly OverloadStep[];
  private readonly pipeline: Overloaded;
  private control: OverloadControl | undefined;
  private hasStopped = false;

  constructor(steps: readonly OverloadStep[], pipeline: Overloaded) {
    this.steps = steps;
    this.pipeline = pipeline;
  }

  get summary(): OverloadSummary | undefined {
    return this.control?.summary;
  }

  start(): void {
    this.hasStopped = false;
    this.control = this.steps.length === 0 ? undefined : this.controlWith(this.steps);
    this.control?.start();
  }

  stop(): void {
    this.hasStopped = true;
    this.control?.stop();
  }

  /** The graph stands still: nobody is to be paused for whom others wait. */
  letGo(waits: readonly Wait[]): void {
    for (const { whom, text } of waits) this.control?.letGo(whom.name, text);
  }

  /** Undoes what has been done. */
  giveBack(): void {
    this.control?.giveBack();
  }

  /** Ends the steps if some of them are about elements that come or go; returns what puts those that are left in force. */
  suspend(changed: readonly Element[]): () => void {
    const { control, steps } = this;
    const { elements } = this.pipeline;
    const names = new Set(changed.map(({ name }) => name));
    const namesOf = (step: OverloadStep): string[] => [step.when.element, ...changesOf(step).map(({ element }) => element)];
    if (control === undefined || !steps.some((step) => namesOf(step).some((name) => names.has(name)))) return () => {};
    control.endForEdit();
    return () => {
      if (this.hasStopped) return;
      const isWhole = (step: OverloadStep): boolean => namesOf(step).every((name) => elements.has(name));
      const left = steps.filter(
        (step) => isWhole(step) && gaugeIssues([step], elements).length + changeIssues([step], elements).length === 0,
      );
      this.control = this.controlWith(left);
      this.control.goOnFrom(control);
    };
  }

  private controlWith(steps: readonly OverloadStep[]): OverloadControl {
    const { clock, elements, sources, threads } = this.pipeline;
    return new OverloadControl(steps, elements, {
      clock,
      post: (message) => this.pipeline.post(message),
      hold: (name, isHeld) => sources.of(elements.get(name)!)?.hold(isHeld),
      changeQueues: (element, changes) => {
        if (!threads.changeQueues(element, changes)) changeQueues(element, changes);
      },
    });
  }
}
