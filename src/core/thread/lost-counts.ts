// What was counted of elements whose thread has died, as far as the thread had told of it: what was in flight then is lost, with a
// cause, and what is counted in the next thread comes on top.

import type { ElementSummary } from '../counts/statistics.ts';
import { summaryOf } from '../counts/summary.ts';
import type { Element } from '../element/element.ts';
import type { StreamBuffer } from '../stream/buffer.ts';
import type { FlowReturn } from '../stream/flow-return.ts';

export class LostCounts {
  private readonly before = new Map<string, ElementSummary>();

  /** A thread has died with this element in it. @param came How many buffers have come to it, of which it need not have told. */
  close(element: Element, came: number): void {
    const { losses, statistics } = element;
    statistics.received = Math.max(statistics.received, came);
    const lost = statistics.inFlight;
    if (lost > 0) {
      statistics.drop('crashed', lost);
      losses.dropped('crashed', lost);
    }
    this.keep(element);
  }

  /** A buffer came to an element whose thread is gone, and goes nowhere. */
  turnedAway(element: Element, buffer: StreamBuffer, cause: FlowReturn): void {
    element.statistics.received++;
    element.losses.drop(buffer, cause);
    this.keep(element);
  }

  /** The element is no more; another one may come by its name. */
  forget(name: string): void {
    this.before.delete(name);
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

  private keep(element: Element): void {
    const now = summaryOf(element);
    const { received, handled, produced, inFlight, dropped } = now;
    element.reported = { ...(element.reported ?? now), received, handled, produced, inFlight, dropped };
    this.before.set(element.name, element.reported);
  }
}
