// A set on every arrival, with the latest that each of the others has given, once all have been heard of.
//
// After NNStreamer's `refresh`, whose end at the first input's end is left out: the join ends with its last input. A set's time
// is the largest among its members, so that it never goes back.
import type { JoinInput, Timed } from './join-input.ts';
import { type JoinPolicy, type Member, oldestArrival, smallestBound } from './join-policy.ts';

export function latestPolicy<Item extends Timed>(): JoinPolicy<Item> {
  let hasStarted = false;
  let lastPts = Number.NEGATIVE_INFINITY;
  return {
    decide: (inputs, isForced) => {
      if (isForced) hasStarted = true;
      if (!hasStarted) {
        // Of what came before all were heard of, only the latest makes a set.
        for (let left = countWaiting(inputs); left > 1; left--) firstArrived(inputs)!.take();
        for (const input of inputs) input.isAwaited = !input.wasHeard;
        if (inputs.some(({ isAwaited }) => isAwaited)) return undefined;
        hasStarted = true;
      }
      const next = firstArrived(inputs);
      if (next === undefined) return undefined;
      const { pts } = next.take();
      lastPts = Math.max(lastPts, pts);
      return { pts: lastPts, members: inputs.map((input) => latestOf(input, pts)) };
    },
    isSpent: ({ ended, head, last }) => ended && head === undefined && last === undefined,
    since: oldestArrival,
    bound: (inputs) => Math.max(lastPts, smallestBound(inputs)),
  };
}

function countWaiting<Item extends Timed>(inputs: readonly JoinInput<Item>[]): number {
  let count = 0;
  for (const { waiting } of inputs) count += waiting;
  return count;
}

function firstArrived<Item extends Timed>(inputs: readonly JoinInput<Item>[]): JoinInput<Item> | undefined {
  let first: JoinInput<Item> | undefined;
  for (const input of inputs)
    if (input.head !== undefined && input.headOrder < (first?.headOrder ?? Number.POSITIVE_INFINITY)) first = input;
  return first;
}

function latestOf<Item extends Timed>({ last, options }: JoinInput<Item>, pts: number): Member<Item> | undefined {
  return last !== undefined && pts - last.pts <= options.maxAge ? { item: last, isPresent: true } : undefined;
}
