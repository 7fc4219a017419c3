// What was counted of elements whose thread has died, as far as the thread had told of it: what was in flight then is lost, with a
// cause, and what is counted in the next thread comes on top.

import type { ElementSummary } from '../counts/statistics.ts';
import { summaryOf } from '../counts/summary.ts';
import type { Element } from '../element/element.ts';

export class LostCounts {
  private readonly before = new Map<string, ElementSummary>();

  /** A thread has died with this element in it. */
  close(element: Element): void {
    const { statistics } = element;
    if (statistics.inFlight > 0) statistics.drop('crashed', statistics.inFlight);
    const { received, handled, produced, inFlight, dropped } = summaryOf(element);
    const last = element.reported ?? summaryOf(element);
    element.reported = { ...last, received, handled, produced, inFlight, dropped };
    this.before.set(element.name, element.reported);
  }

  /** The counts of a thread with those of earlier ones. */
  with(counts: ElementSummary): ElementSummary {
    const before = this.before.get(counts.name);
    if (before === undefined) return counts;
    const dropped: Record<string, number> = { ...before.dropped };
    for (const [cause, count] of Object.entries(counts.dropped)) dropped[cause] = (dropped[cause] ?? 0) + count;
    return {
      ...counts,
      received: before.received + counts.received,
      handled: before.handled + counts.handled,
      produced: before.produced + counts.produced,
      dropped,
    };
  }
}
