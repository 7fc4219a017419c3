// Gauges: what an overload condition measures of an element, as sums and counts from which means over a window follow.
//
// Levels and ages are looked at when the gauge is read. Latencies and losses have been counted by the element; where nothing came
// through in a window although something is under way, there is no mean, and nothing is concluded from it.
import type { Element } from './element.ts';
import type { OverloadCondition } from './overload-options.ts';
import type { Running } from './overload-window.ts';
import type { Queue } from './queue.ts';

export type Gauge = () => Running;

/** @returns undefined where the element has no queue whose level or age could be measured. */
export function gaugeOf(element: Element, { measure, causes }: OverloadCondition): Gauge | undefined {
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
