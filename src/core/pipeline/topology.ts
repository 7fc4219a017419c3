import type { Element } from '../element/element.ts';
import type { Issue } from '../errors.ts';
import { CROSSING_CAPACITY } from '../thread/crossing.ts';

/** Elements from sources to sinks, with their depths set; a cycle is an issue. */
export function sortElements(elements: Iterable<Element>): { sorted: Element[]; issues: Issue[] } {
  const all = [...elements];
  const missing = new Map(
    all.map((element) => [
      element,
      // What works off the last of a link that is no more waits for nobody.
      [...element.sinkPads.values()].filter((pad) => pad.peer?.peer === pad && pad.template.feedback !== true).length,
    ]),
  );
  const sorted: Element[] = [];
  const free = all.filter((element) => missing.get(element) === 0);
  for (const element of free) element.depth = 0;
  for (let element = free.shift(); element !== undefined; element = free.shift()) {
    sorted.push(element);
    for (const pad of element.srcPads.values()) {
      const next = pad.peer?.element;
      if (next === undefined || pad.peer!.template.feedback === true) continue;
      next.depth = Math.max(next.depth, element.depth + 1);
      const left = missing.get(next)! - 1;
      missing.set(next, left);
      if (left === 0) free.push(next);
    }
  }
  if (sorted.length === all.length) return { sorted, issues: [] };
  const stuck = all.filter((element) => !sorted.includes(element)).map(({ name }) => name);
  return {
    sorted,
    issues: [
      {
        code: 'graph/cycle',
        path: '/links',
        message: `The links form a cycle through ${stuck.join(', ')}`,
        hint: 'remove the link that leads back, or lead it to a feedback pad, such as finished of a flow-limiter',
      },
    ],
  };
}

/** Marks what comes from a source that cannot be held back, however far down. */
export function markLive(sorted: readonly Element[]): void {
  for (const element of sorted) {
    const { live } = element.definition;
    element.isLive = typeof live === 'function' ? live(element.props as never) : live === true;
    for (const { peer } of element.sinkPads.values()) if (peer?.element.isLive === true) element.isLive = true;
  }
}

/** How many buffers may sit downstream of an element before those that let go of them, with some to spare. */
export function downstreamCapacity(element: Element, seen = new Set<Element>()): number {
  let capacity = 0;
  for (const pad of element.srcPads.values()) {
    const peer = pad.peer;
    if (peer === undefined) continue;
    const task = peer.queueTask;
    if (peer.element.description.thread !== element.description.thread) capacity += CROSSING_CAPACITY;
    capacity += task === undefined ? 1 : (task.queue.options.maxBuffers || 64) + task.capacity + 1;
    if (seen.has(peer.element) || peer.template.feedback === true) continue;
    seen.add(peer.element);
    capacity += peer.element.definition.holds?.(peer.element.props as never) ?? 0;
    capacity += downstreamCapacity(peer.element, seen);
  }
  return capacity + 2;
}
