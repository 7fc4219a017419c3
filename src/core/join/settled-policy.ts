// A set for each time at which some input has something, once every input's bound has passed it. What leaves depends on the
// times of what came in and on nothing else: not on speed, not on the order of arrival, not on the number of threads.
import type { Microseconds } from '../time/time.ts';
import type { JoinInput, Timed } from './join-input.ts';
import { isSettled, type JoinPolicy, oldestArrival, smallestBound, standIn } from './join-policy.ts';

export function settledPolicy<Item extends Timed>(): JoinPolicy<Item> {
  return {
    decide: (inputs, isForced) => {
      const pts = earliestHead(inputs);
      if (pts === undefined || !areSettled(inputs, pts, isForced)) return undefined;
      const members = inputs.map((input) => {
        const { head } = input;
        if (head === undefined || head.pts - pts > input.options.tolerance) return standIn(input, pts);
        return { item: input.take(), isPresent: true };
      });
      return { pts, members };
    },
    isSpent: ({ ended, head }) => ended && head === undefined,
    since: (inputs) => {
      const pts = earliestHead(inputs);
      return oldestArrival(inputs.filter(({ head }) => head?.pts === pts));
    },
    bound: smallestBound,
  };
}

function earliestHead<Item extends Timed>(inputs: readonly JoinInput<Item>[]): Microseconds | undefined {
  let least = Number.POSITIVE_INFINITY;
  for (const { head } of inputs) if (head !== undefined && head.pts < least) least = head.pts;
  return least === Number.POSITIVE_INFINITY ? undefined : least;
}

function areSettled<Item extends Timed>(inputs: readonly JoinInput<Item>[], pts: Microseconds, isForced: boolean): boolean {
  let settled = true;
  for (const input of inputs) {
    const until = pts + input.options.tolerance;
    if (isSettled(input, pts, until)) continue;
    if (isForced) {
      // What would have been part of this set comes too late from now on.
      input.advance(until + 1);
      continue;
    }
    input.isAwaited = true;
    settled = false;
  }
  return settled;
}
