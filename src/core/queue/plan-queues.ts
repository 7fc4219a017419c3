// Decides which sink pads have a queue: those the graph gives one, those of asynchronous elements, of joins and of elements that
// keep to the clock, those where batches form, and those right behind a source that cannot be held back.
//
// What comes from such a source drops the oldest and has a maximum age unless the graph says otherwise; all else blocks.
import type { Element } from '../element/element.ts';
import type { SinkPad } from '../element/pad.ts';
import type { Issue } from '../errors.ts';
import { childPointer } from '../graph/json-pointer.ts';
import type { QueueChanges } from '../overload/overload-options.ts';
import type { Scheduler } from '../pipeline/scheduler.ts';
import { type BatchOptions, batchFlawOf, batchOptions, flawOf, type QueueOptions, queueOptions } from './queue-options.ts';
import { QueueTask } from './queue-task.ts';

/** For edges that cannot be held back. */
const LIVE_QUEUE: Partial<QueueOptions> = { onFull: 'dropOldest', maxAgeMs: 1000 };

/**
 * @param only Just these pads. Default: all that are linked.
 * @returns What speaks against the limits that the graph gives.
 */
export function planQueues(
  elements: readonly Element[],
  scheduler: Scheduler,
  budget: { readonly cores: number },
  only?: ReadonlySet<SinkPad>,
): Issue[] {
  const issues: Issue[] = [];
  for (const element of elements) {
    const { definition, description, sinkPads, props } = element;
    const concurrency = description.inFlight ?? definition.inFlight?.(props as never, budget) ?? 1;
    const linked = [...sinkPads.values()].filter((pad) => pad.peer !== undefined);
    const batch = batchOf(element);
    const batchFlaw = batch === undefined ? undefined : batchFlawOf(batch);
    if (batchFlaw !== undefined) {
      issues.push({ code: 'graph/bad-value', path: `${childPointer('/elements', element.name)}/batch`, message: batchFlaw });
      continue;
    }
    const syncFlaw = syncFlawOf(element, concurrency);
    if (syncFlaw !== undefined) {
      issues.push(syncFlaw);
      continue;
    }
    const wanted =
      description.queue !== undefined ||
      (definition.queued ?? false) !== false ||
      concurrency > 1 ||
      batch !== undefined ||
      linked.filter(({ template }) => template.feedback !== true).length > 1 ||
      element.sync !== undefined;
    const plan = { concurrency, batch: batch === undefined ? undefined : { concurrency, options: batch, isLive: element.isLive } };
    for (const pad of linked) {
      if (only?.has(pad) === false) continue;
      if (!wanted && !isLiveEdge(pad) && pad.template.feedback !== true) continue;
      const options = queueOptionsOf(pad, props, {});
      const flaw = flawOf(options);
      if (flaw === undefined) pad.queueTask = new QueueTask(pad, options, scheduler, plan);
      else {
        issues.push({ code: 'graph/bad-value', path: `${childPointer('/elements', element.name)}/queue`, message: flaw });
        break;
      }
    }
  }
  return issues;
}

/** Buffers that keep to the clock come to their hook one at a time, each at its own time. */
function syncFlawOf({ name, sync, description }: Element, concurrency: number): Issue | undefined {
  if (sync === undefined || (description.batch === undefined && concurrency === 1)) return undefined;
  const [found, hint] =
    description.batch === undefined
      ? [`works on ${concurrency} at once`, `set ${name}.inFlight to 1`]
      : ['takes them in batches', `take ${name}.batch out`];
  return {
    code: 'graph/bad-value',
    path: `${childPointer('/elements', name)}/sync`,
    message: `${name} cannot give each buffer its own time by the clock: it ${found}`,
    hint: `${hint}, or put a clock-sync before it in the place of sync`,
  };
}

/** What speaks against changes of the queues and batches of an element; undefined where nothing does. */
export function changesFlaw(element: Element, { queue, batch }: QueueChanges): string | undefined {
  const { name, props } = element;
  const pads = queuedPads(element);
  if (pads.length === 0) return `${name} has no queue`;
  const planned = batchOf(element);
  if (batch !== undefined) {
    if (planned === undefined) return `${name} takes no batches`;
    if ((batch.maxSize ?? 1) > planned.maxSize)
      return `Batches before ${name} cannot grow beyond maxSize ${planned.maxSize}, which it was opened for`;
    const flaw = batchFlawOf({ ...planned, ...batch });
    if (flaw !== undefined) return flaw;
  }
  for (const pad of pads) {
    const flaw = flawOf(queueOptionsOf(pad, props, { queue }));
    if (flaw !== undefined) return flaw;
  }
  return undefined;
}

/** Changes the queues of an element, and the batches that form in them, on top of what the graph says. @throws RangeError */
export function changeQueues(element: Element, changes: QueueChanges): void {
  const flaw = changesFlaw(element, changes);
  if (flaw !== undefined) throw new RangeError(flaw);
  const batch = batchOf(element);
  for (const pad of queuedPads(element)) {
    const task = pad.queueTask!;
    task.changes = changes;
    task.change(queueOptionsOf(pad, element.props), batch === undefined ? undefined : { ...batch, ...changes.batch });
  }
}

function queuedPads({ sinkPads }: Element): SinkPad[] {
  return [...sinkPads.values()].filter(({ queueTask, template }) => queueTask !== undefined && template.feedback !== true);
}

/**
 * What the queue of a sink pad is like with these props of its element: what the graph says goes before what the element says, and
 * what has been changed since before both.
 */
export function queueOptionsOf(
  { element, peer, template, queueTask }: SinkPad,
  props: unknown,
  { queue }: QueueChanges = queueTask?.changes ?? {},
): QueueOptions {
  // What is said of the stream is not said of what leads back.
  if (template.feedback === true) return queueOptions.parse({});
  const { queued } = element.definition;
  const written = { ...(typeof queued === 'function' ? queued(props as never) : {}), ...element.description.queue, ...queue };
  // Who says that it blocks means that nothing is lost.
  const preset = peer?.element.isLive === true && written.onFull !== 'block' ? LIVE_QUEUE : {};
  const options = queueOptions.parse({ ...preset, ...written });
  const batch = batchOf(element);
  // A batch forms in the queue, which therefore has to hold one.
  if (batch === undefined || options.maxBuffers === 0 || options.maxBuffers >= batch.maxSize) return options;
  return { ...options, maxBuffers: batch.maxSize };
}

function batchOf({ description }: Element): BatchOptions | undefined {
  return description.batch === undefined ? undefined : batchOptions.parse(description.batch);
}

function isLiveEdge({ peer }: SinkPad): boolean {
  return peer!.element.isSource && peer!.element.isLive;
}
