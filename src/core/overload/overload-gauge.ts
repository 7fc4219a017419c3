// Gauges: what an overload condition measures of an element, as sums and counts from which means over a window follow.
//
// Levels and ages are looked at when the gauge is read. Latencies and losses have been counted by the element; where nothing came
// through in a window although something is under way, there is no mean, and nothing is concluded from it.

import type { Summary } from '../counts/histogram.ts';
import type { QueueSummary } from '../counts/statistics.ts';
import type { Element } from '../element/element.ts';
import type { Queue } from '../queue/queue.ts';
import { CROSSING_CAPACITY } from '../thread/crossing.ts';
import type { OverloadCondition } from './overload-options.ts';
import type { Running } from './overload-window.ts';

export type Gauge = () => Running;

/**
 * Of an element in a worker thread: what that tells of it ten times a second, and how full the link is that leads there.
 *
 * @returns undefined where the element has no queue whose level or age could be measured.
 */
export function gaugeOf(element: Element, { measure, causes }: OverloadCondition): Gauge | undefined {
  if (element.description.thread !== undefined && measure !== 'drops') return ofDistant(element, measure);
  switch (measure) {
    case 'level':
      return ofQueues(element, (queue) => Math.min(1, queue.fill));
    case 'waiting':
      return ofQueues(element, (queue) => queue.oldestAge / 1000);
    case 'latency':
      return counted(element, () => ({ sum: element.statistics.age.sum / 1000, count: element.statistics.age.count }));
    case 'drops':
      return counted(element, () => {
        let lost = 0;
        for (const cause of causes) lost += element.statistics.dropped.get(cause) ?? 0;
        return { sum: lost, count: element.statistics.received };
      });
  }
}

/** Of several queues the one that is worst. */
function ofQueues({ sinkPads }: Element, read: (queue: Queue) => number): Gauge | undefined {
  const queues = [...sinkPads.values()].flatMap(({ queueTask }) => queueTask?.queue ?? []);
  if (queues.length === 0) return undefined;
  let [sum, count] = [0, 0];
  return () => {
    sum += Math.max(...queues.map(read));
    count++;
    return { sum, count };
  };
}

function ofDistant(element: Element, measure: 'level' | 'waiting' | 'latency'): Gauge | undefined {
  const pads = [...element.sinkPads.values()].filter(({ peer, template }) => peer !== undefined && template.feedback !== true);
  const hasQueues = pads.some(({ queueTask }) => queueTask !== undefined);
  const isFedFromAfar = pads.some(({ peer }) => peer!.element.description.thread !== element.description.thread);
  switch (measure) {
    case 'level': {
      if (!hasQueues && !isFedFromAfar) return undefined;
      let [sum, count] = [0, 0];
      return () => {
        const links = pads.map(({ crossing }) => (crossing === undefined ? 0 : crossing.level / CROSSING_CAPACITY));
        sum += Math.min(1, Math.max(...links, ...(element.reported?.queues ?? []).map(fillOf)));
        count++;
        return { sum, count };
      };
    }
    case 'waiting':
      // How long those have waited that were taken: of those that have not, nothing is known here.
      return hasQueues ? counted(element, () => totalOf((element.reported?.queues ?? []).map(({ waiting }) => waiting))) : undefined;
    case 'latency':
      return counted(element, () => totalOf(element.reported === undefined ? [] : [element.reported.age]));
  }
}

function fillOf({ buffers, bytes, time, maxBuffers, maxBytes, maxTime }: QueueSummary): number {
  const share = (level: number, limit: number): number => (limit === 0 ? 0 : level / limit);
  return Math.max(share(buffers, maxBuffers), share(bytes, maxBytes), share(time, maxTime));
}

/** In milliseconds. */
function totalOf(summaries: readonly Summary[]): Running {
  const count = summaries.reduce((total, one) => total + one.count, 0);
  return { sum: summaries.reduce((total, one) => total + (one.mean * one.count) / 1000, 0), count };
}

/** An element that has nothing to do is neither late nor losing anything. */
function counted(element: Element, read: () => Running): Gauge {
  let idle = 0;
  let before = -1;
  return () => {
    const { sum, count } = read();
    const { received, produced, inFlight } = element.statistics;
    if (received + produced === before && inFlight === 0) idle++;
    before = received + produced;
    return { sum, count: count + idle };
  };
}
