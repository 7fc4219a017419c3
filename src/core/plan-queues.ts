// Decides which sink pads have a queue: those the graph gives one, those of asynchronous elements and of joins, and those
// where batches form.
import type { Element } from './element.ts';
import type { Issue } from './errors.ts';
import { childPointer } from './json-pointer.ts';
import { type BatchOptions, batchOptions, flawOf, type QueueOptions, queueOptions } from './queue-options.ts';
import { QueueTask } from './queue-task.ts';
import type { Scheduler } from './scheduler.ts';

/** @returns What speaks against the limits that the graph gives. */
export function planQueues(elements: readonly Element[], scheduler: Scheduler, budget: { cores: number }): Issue[] {
  const issues: Issue[] = [];
  for (const element of elements) {
    const { definition, description, sinkPads, props } = element;
    const concurrency = description.inFlight ?? definition.inFlight?.(props as never, budget) ?? 1;
    const linked = [...sinkPads.values()].filter((pad) => pad.peer !== undefined);
    const batch = batchOf(element);
    const wanted =
      description.queue !== undefined ||
      (definition.queued ?? false) !== false ||
      concurrency > 1 ||
      batch !== undefined ||
      linked.length > 1;
    if (!wanted) continue;
    const options = queueOptionsOf(element, props);
    const flaw = flawOf(options);
    if (flaw !== undefined) {
      issues.push({ code: 'graph/bad-value', path: `${childPointer('/elements', element.name)}/queue`, message: flaw });
      continue;
    }
    const plan = batch === undefined ? undefined : { concurrency, options: batch, isLive: isLive(element) };
    for (const pad of linked) pad.queueTask = new QueueTask(pad, options, scheduler, { concurrency, batch: plan });
  }
  return issues;
}

/** What the queues of an element's sink pads are like with these props: what the graph says goes before what the element says. */
export function queueOptionsOf(element: Element, props: unknown): QueueOptions {
  const { queued } = element.definition;
  const own = typeof queued === 'function' ? queued(props as never) : {};
  const options = queueOptions.parse({ ...own, ...element.description.queue });
  const batch = batchOf(element);
  // A batch forms in the queue, which therefore has to hold one.
  if (batch === undefined || options.maxBuffers === 0 || options.maxBuffers >= batch.maxSize) return options;
  return { ...options, maxBuffers: batch.maxSize };
}

function batchOf({ description }: Element): BatchOptions | undefined {
  return description.batch === undefined ? undefined : batchOptions.parse(description.batch);
}

/** Whether anything that reaches an element comes from a source that cannot be held back. */
function isLive({ definition, props, sinkPads }: Element): boolean {
  const { live } = definition;
  if (typeof live === 'function' ? live(props as never) : live === true) return true;
  return [...sinkPads.values()].some(({ peer }) => peer !== undefined && isLive(peer.element));
}
