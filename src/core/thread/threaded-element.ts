// What stands on the pipeline's thread for an element that runs in a worker: the same contract, whose hooks hand on to the worker.
// Negotiation goes on here as for any element; buffers and events never come to these hooks, since pads carry them across.
import type { AnyElementDefinition, AnyHooks } from '../element/define-element.ts';
import type { Element } from '../element/element.ts';
import type { SourceEpochs, SourceStart } from '../pipeline/source-task.ts';
import type { RunningSource } from '../pipeline/source-tasks.ts';
import type { ElementThread } from './element-thread.ts';

const OPENED = {};

/** The definition of an element's double. */
export function threadedDefinition(name: string, definition: AnyElementDefinition, thread: ElementThread): AnyElementDefinition {
  const { sinkCaps, srcCaps } = definition.negotiate ?? {};
  return {
    ...definition,
    isDouble: true,
    open: ({ context }) => thread.open(name, context).then(() => OPENED),
    close: () => thread.close(name),
    create: ({ caps }) => thread.create(name, caps).then((hooks) => standIns(name, new Set(hooks), thread)),
    negotiate: {
      ...definition.negotiate,
      ...(sinkCaps === undefined
        ? {}
        : { sinkCaps: (query) => (query.resource === undefined ? sinkCaps(query) : thread.sinkCaps(name, query)) }),
      ...(srcCaps === undefined
        ? {}
        : { srcCaps: (query) => (query.resource === undefined ? srcCaps(query) : thread.srcCaps(name, query)) }),
    },
  };
}

function standIns(name: string, hooks: ReadonlySet<string>, thread: ElementThread): AnyHooks {
  return {
    ...(hooks.has('update') ? { update: (props: unknown) => thread.update(name, props) } : {}),
    ...(hooks.has('report') ? { report: (summary) => thread.report(name, summary) } : {}),
  };
}

/** A source that runs in a worker. */
export class ThreadedSource implements RunningSource {
  readonly busy = undefined;
  private readonly name: string;
  private readonly thread: ElementThread;
  private readonly begins: SourceStart;

  constructor({ name }: Element, thread: ElementThread, begins: SourceStart) {
    this.name = name;
    this.thread = thread;
    this.begins = begins;
  }

  /** As far as the thread has told of them. */
  get epochSpan(): SourceEpochs {
    const { epoch } = this.begins;
    return this.thread.sources.epochsOf(this.name) ?? { epoch, nextEpoch: epoch + 1 };
  }

  start(): void {
    this.thread.sources.start(this.name, this.begins);
  }

  stop(): void {
    this.thread.stopSource(this.name);
  }

  async endNow(): Promise<SourceEpochs> {
    await this.thread.endSource(this.name);
    return this.epochSpan;
  }

  hold(isHeld: boolean): void {
    this.thread.sources.hold(this.name, isHeld);
  }

  /** The thread turns away what there is of an element as a whole. */
  abort(): void {}
}
