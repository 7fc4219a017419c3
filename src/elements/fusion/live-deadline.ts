// When waiting has an end in a live graph, whatever waits: what leaves is due at its own time and the latency that all sinks keep
// to, and what is waited for beyond that would be too late for them.
import type { ElementContext } from '../../core/element/element-context.ts';
import type { Microseconds } from '../../core/time/time.ts';

/** How long the others may come after the first in a live graph, however small its latency is. */
const LIVE_GRACE: Microseconds = 20_000;

/**
 * Clock time at which something of this time waits no longer; undefined where nothing is live, and waiting has no end.
 *
 * @param since Clock time at which it came.
 */
export function liveDeadline(
  { isLive, clock, timeline }: Pick<ElementContext, 'isLive' | 'clock' | 'timeline'>,
  pts: Microseconds,
  since: Microseconds,
): Microseconds | undefined {
  return isLive ? Math.max(clock.now() + pts - timeline.now + timeline.latency, since + LIVE_GRACE) : undefined;
}
