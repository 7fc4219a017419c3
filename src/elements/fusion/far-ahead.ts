// Whether an input of a join counts its times from another point than the others do: by the wall clock, say, while they count from
// the start of the graph. Nothing of it is ever of their time then, and it waits for them for as long as they last.
import type { JoinInput, Timed } from '../../core/join/join-input.ts';
import type { Microseconds } from '../../core/time/time.ts';

/** No stream is ahead of others by so much that keeps to the same time. */
const FAR: Microseconds = 3600e6;

/** By how much what waits at an input is ahead of all others that have been heard, where that is too much to be true. */
export function farAhead<Item extends Timed>(inputs: readonly JoinInput<Item>[], input: JoinInput<Item>): Microseconds | undefined {
  const others = inputs.filter((one) => one !== input && one.wasHeard && !one.ended);
  const { head } = input;
  if (head === undefined || others.length === 0) return undefined;
  const ahead = Math.min(...others.map((one) => head.pts - (one.head?.pts ?? one.bound)));
  return ahead > FAR ? ahead : undefined;
}
