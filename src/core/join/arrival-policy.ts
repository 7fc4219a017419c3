// One of each in the order of arrival: the first with the first, the second with the second, whatever their times; the set's
// time is the largest. For inputs that are known to run in step. After NNStreamer's `nosync`.
import type { JoinInput, Timed } from './join-input.ts';
import { type JoinPolicy, oldestArrival, smallestBound, standIn } from './join-policy.ts';

export function arrivalPolicy<Item extends Timed>(): JoinPolicy<Item> {
  let lastPts = Number.NEGATIVE_INFINITY;
  return {
    decide: (inputs, isForced) => {
      const pts = largestHead(inputs);
      if (pts === Number.NEGATIVE_INFINITY) return undefined;
      let settled = true;
      for (const input of inputs) {
        // A gap beyond what the others have says that nothing comes to go with it.
        if (isForced || input.head !== undefined || input.ended || input.gapUntil > pts) continue;
        input.isAwaited = true;
        settled = false;
      }
      if (!settled) return undefined;
      lastPts = Math.max(lastPts, pts);
      const members = inputs.map((input) => {
        return input.head === undefined ? standIn(input, pts) : { item: input.take(), isPresent: true };
      });
      return { pts: lastPts, members };
    },
    isSpent: ({ ended, head }) => ended && head === undefined,
    since: oldestArrival,
    bound: (inputs) => Math.max(lastPts, smallestBound(inputs)),
  };
}

function largestHead<Item extends Timed>(inputs: readonly JoinInput<Item>[]): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const { head } of inputs) if (head !== undefined && head.pts > most) most = head.pts;
  return most;
}
