// As many sets as the slowest input has things: a set's time is the largest among the inputs' next ones; the others advance to
// it, and each gives the nearer of what it had before and what comes next.
//
// After NNStreamer's `slowest`. Where that stops at the first end of an input, what is left here is paired with what the ended
// input has not given to any set yet, and then with what `onMissing` says.
import type { JoinInput, Timed } from './join-input.ts';
import { isSettled, type JoinPolicy, type Member, nearest, oldestArrival, reachOf, smallestBound, standIn } from './join-policy.ts';

export function slowestPolicy<Item extends Timed>(): JoinPolicy<Item> {
  /** The next set's time: settled when all inputs had something to say, so that it does not depend on who comes first after that. */
  let target: number | undefined;
  return {
    decide: (inputs, isForced) => {
      target ??= targetOf(inputs, isForced);
      if (target === undefined) return undefined;
      const pts = target;
      let settled = true;
      for (const input of inputs) {
        while (input.head !== undefined && input.head.pts < pts) input.take();
        if (isForced || isSettled(input, pts, pts + reachOf(input, pts))) continue;
        input.isAwaited = true;
        settled = false;
      }
      if (!settled) return undefined;
      target = undefined;
      return { pts, members: inputs.map((input) => part(input, pts)) };
    },
    isSpent: ({ ended, head, isLastFresh }) => ended && head === undefined && !isLastFresh,
    since: oldestArrival,
    bound: (inputs) => target ?? smallestBound(inputs),
  };
}

/** The largest of what comes next; undefined while an input may still have something that is larger. */
function targetOf<Item extends Timed>(inputs: readonly JoinInput<Item>[], isForced: boolean): number | undefined {
  let pts = Number.NEGATIVE_INFINITY;
  for (const { head } of inputs) if (head !== undefined && head.pts > pts) pts = head.pts;
  if (pts === Number.NEGATIVE_INFINITY) return undefined;
  let settled = true;
  for (const input of inputs) {
    if (isForced || isSettled(input, pts, pts + reachOf(input, pts))) continue;
    input.isAwaited = true;
    settled = false;
  }
  return settled ? pts : undefined;
}

function part<Item extends Timed>(input: JoinInput<Item>, pts: number): Member<Item> | undefined {
  const item = nearest(input, pts);
  if (item === undefined) return standIn(input, pts);
  return { item: item === input.head ? input.take() : item, isPresent: true };
}
