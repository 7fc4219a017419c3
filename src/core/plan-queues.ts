// Decides which sink pads have a queue: those the graph gives one, those of asynchronous elements and of joins, and those
// where batches form.
import type { Element } from './element.ts';
import { batchOptions, queueOptions } from './queue-options.ts';
import { QueueTask } from './queue-task.ts';
import type { Scheduler } from './scheduler.ts';

export function planQueues(elements: readonly Element[], scheduler: Scheduler, budget: { cores: number }): void {
  for (const element of elements) {
    const { definition, description, sinkPads, props } = element;
    const concurrency = description.inFlight ?? definition.inFlight?.(props as never, budget) ?? 1;
    const linked = [...sinkPads.values()].filter((pad) => pad.peer !== undefined);
    const batch = description.batch === undefined ? undefined : batchOptions.parse(description.batch);
    const { queued } = definition;
    const own = typeof queued === 'function' ? queued(props as never) : {};
    const wanted =
      description.queue !== undefined || (queued ?? false) !== false || concurrency > 1 || batch !== undefined || linked.length > 1;
    for (const pad of linked) {
      if (!wanted) continue;
      const options = queueOptions.parse({ ...own, ...description.queue });
      // A batch forms in the queue, which therefore has to hold one.
      const roomy =
        batch !== undefined && options.maxBuffers > 0 && options.maxBuffers < batch.maxSize
          ? { ...options, maxBuffers: batch.maxSize }
          : options;
      pad.queueTask = new QueueTask(pad, roomy, scheduler, { concurrency, batch });
    }
  }
}
