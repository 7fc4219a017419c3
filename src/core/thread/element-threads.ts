// The worker threads of a pipeline, by name.
import type { Arena } from '../../memory/arena.ts';
import type { ThreadBudget } from '../../threads/thread-budget.ts';
import type { AnyElementDefinition } from '../element/define-element.ts';
import type { Element } from '../element/element.ts';
import type { ElementHost } from '../element/element-host.ts';
import type { Registry } from '../graph/registry.ts';
import type { QueueChanges } from '../overload/overload-options.ts';
import type { FileClaims } from '../pipeline/file-claims.ts';
import type { Threading } from '../pipeline/make-elements.ts';
import type { SourceStart } from '../pipeline/source-task.ts';
import type { PipelineClock } from '../time/pipeline-clock.ts';
import type { TimelineState } from '../time/timeline.ts';
import { ElementThread } from './element-thread.ts';
import { threadIssue, unknownModule } from './thread-plan.ts';
import { ThreadedSource, threadedDefinition } from './threaded-element.ts';

interface ThreadsOptions {
  readonly arena: Arena;
  readonly budget: ThreadBudget;
  readonly registry: Registry;
  readonly moduleOf?: ((definition: AnyElementDefinition) => string | undefined) | undefined;
  readonly host: ElementHost;
  readonly clock: PipelineClock;
  readonly isMachineTime: boolean;
  readonly claims: FileClaims;
}

/** What has elements be in a thread. */
interface ThreadStart {
  /** One of them. */
  readonly element: Element;
  readonly start: () => Promise<void>;
}

export class ElementThreads {
  private readonly options: ThreadsOptions;
  private readonly threads = new Map<string, ElementThread>();
  private readonly byElement = new Map<Element, ElementThread>();

  constructor(options: ThreadsOptions) {
    this.options = options;
  }

  readonly adopt: Threading = (name, definition, thread) => {
    const issue = threadIssue(name, definition, { thread });
    if (issue !== undefined) return issue;
    if (this.moduleOf(definition.name) === undefined) return unknownModule(name, definition);
    return threadedDefinition(name, definition, this.threadNamed(thread));
  };

  /** Puts an element into the thread that its description names. */
  add(element: Element): void {
    const { thread: name } = element.description;
    if (name === undefined) return;
    const thread = this.threadNamed(name);
    thread.add(element);
    this.byElement.set(element, thread);
  }

  /** What starts each thread, with an element of it to name where that fails. */
  starts(signal: AbortSignal): ThreadStart[] {
    return [...this.groups(this.byElement.keys())].map(([thread, [element]]) => ({
      element: element!,
      start: () => thread.start(signal),
    }));
  }

  /** What takes elements into threads while others run, each with an element to name where that fails. */
  entries(elements: readonly Element[], signal: AbortSignal): ThreadStart[] {
    for (const element of elements) {
      const { thread } = element.description;
      if (thread !== undefined) this.byElement.set(element, this.threadNamed(thread));
    }
    return [...this.groups(elements)].map(([thread, entering]) => ({
      element: entering[0]!,
      start: () => {
        if (!thread.isEmpty) return thread.enter(entering);
        for (const element of entering) thread.add(element);
        return thread.start(signal);
      },
    }));
  }

  /** Forgets elements that are closed, and ends threads in which no others are. */
  async leave(elements: readonly Element[]): Promise<void> {
    await Promise.all([...this.groups(elements)].map(([thread, leaving]) => thread.leave(leaving)));
    for (const element of elements) this.byElement.delete(element);
  }

  /** Has an element turn everything away, if it is in a thread. */
  dismiss(element: Element, reason: unknown): void {
    this.byElement.get(element)?.dismiss(element.name, reason);
  }

  /** The task of a source that is in a thread. */
  source(element: Element, begins: SourceStart): ThreadedSource | undefined {
    const thread = this.byElement.get(element);
    return thread === undefined ? undefined : new ThreadedSource(element, thread, begins);
  }

  /** Changes the queues of an element that is in a thread; false where it is in none. */
  changeQueues(element: Element, changes: QueueChanges): boolean {
    const thread = this.byElement.get(element);
    thread?.changeQueues(element.name, changes);
    return thread !== undefined;
  }

  /** More buffers than before may sit behind an element, which may be in a thread. */
  grow(element: Element, downstreamCapacity: number): void {
    this.byElement.get(element)?.grow(element.name, downstreamCapacity);
  }

  busyOf(element: Element): Promise<unknown> | undefined {
    return this.byElement.get(element)?.busyOf(element.name);
  }

  /** Has the timelines of the threads stand where the pipeline's does. */
  follow(state: TimelineState): void {
    for (const thread of this.threads.values()) thread.follow(state);
  }

  /** Brings all counts up to date. */
  async count(): Promise<void> {
    await Promise.all([...this.threads.values()].map((thread) => thread.count()));
  }

  settle(reason: unknown): void {
    for (const thread of this.threads.values()) thread.settle(reason);
  }

  /** Ends threads that have not come to rest; what they hold is lost. */
  async abandon(): Promise<void> {
    for (const thread of this.threads.values()) if (thread.busy !== undefined) await thread.stop();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.threads.values()].map((thread) => thread.stop()));
  }

  /** Which of some elements are in which thread. */
  private groups(elements: Iterable<Element>): Map<ElementThread, Element[]> {
    const groups = new Map<ElementThread, Element[]>();
    for (const element of elements) {
      const thread = this.byElement.get(element);
      if (thread !== undefined) groups.set(thread, [...(groups.get(thread) ?? []), element]);
    }
    return groups;
  }

  private moduleOf(type: string): string | undefined {
    const { registry, moduleOf } = this.options;
    return registry.moduleOf(type) ?? moduleOf?.(registry.get(type)!);
  }

  private threadNamed(name: string): ElementThread {
    const known = this.threads.get(name);
    if (known !== undefined) return known;
    const { arena, budget, claims, clock, host, isMachineTime } = this.options;
    const moduleOf = (type: string): string | undefined => this.moduleOf(type);
    const thread = new ElementThread(name, { arena, budget, claims, clock, isMachineTime, elements: host, moduleOf });
    this.threads.set(name, thread);
    return thread;
  }
}
