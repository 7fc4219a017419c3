// When waiting has an end in a live graph, whatever waits: what leaves is due at its own time and the latency that all sinks keep
// to, less what those behind the element take of that; what is waited for beyond that would be too late for the sinks.
import type { Latency, LatencyContext } from '../../core/element/define-element.ts';
import type { ElementContext } from '../../core/element/element-context.ts';
import type { Microseconds } from '../../core/time/time.ts';

/** How long the others may come after the first in a live graph, unless it says something else. */
const LIVE_GRACE: Microseconds = 20_000;

/** What waits so reports as its latency: elsewhere it waits for as long as it takes. */
export function liveLatency({ isLive }: LatencyContext): Latency {
  return { min: isLive ? LIVE_GRACE : 0, max: undefined };
}

/**
 * Clock time at which something of this time waits no longer; undefined where nothing is live, and waiting has no end.
 *
 * @param since Clock time at which it came.
 */
export function liveDeadline(
  { name, isLive, clock, timeline }: Pick<ElementContext, 'name' | 'isLive' | 'clock' | 'timeline'>,
  pts: Microseconds,
  since: Microseconds,
): Microseconds | undefined {
  return isLive ? Math.max(clock.now() + pts - timeline.now + timeline.latencyAt(name), since + LIVE_GRACE) : undefined;
}
