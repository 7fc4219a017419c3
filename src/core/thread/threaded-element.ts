// What stands on the pipeline's thread for an element that runs in a worker: the same contract, whose hooks hand on to the worker.
// Negotiation goes on here as for any element; buffers and events never come to these hooks, since pads carry them across.
import type { AnyElementDefinition, AnyHooks } from '../element/define-element.ts';
import type { Element } from '../element/element.ts';
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
export class ThreadedSource {
  readonly element: Element;
  readonly busy = undefined;
  private readonly thread: ElementThread;

  constructor(element: Element, thread: ElementThread) {
    this.element = element;
    this.thread = thread;
  }

  start(): void {
    this.thread.steer('start', this.element.name);
  }

  stop(): void {
    this.thread.steer('stop', this.element.name);
  }

  hold(isHeld: boolean): void {
    this.thread.steer(isHeld ? 'hold' : 'let-go', this.element.name);
  }

  /** The thread settles as a whole. */
  abort(): void {}
}
