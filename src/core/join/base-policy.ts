// A set for each thing that one input gives; the others give what is nearest to it, within their tolerance.
//
// After NNStreamer's `basepad`, with the tolerance taken at its word: it is not cut to the base's own interval, and what is
// nearer wins whether it came before or after.
import type { Timed } from './join-input.ts';
import { isSettled, type JoinPolicy, nearest, reachOf, standIn } from './join-policy.ts';

/** @param base Index of the input that sets the pace. */
export function basePolicy<Item extends Timed>(base: number): JoinPolicy<Item> {
  return {
    decide: (inputs, isForced) => {
      const pace = inputs[base]!;
      const from = pace.head?.pts ?? pace.bound;
      // Of what lies before anything the base may still give, the newest is the nearest.
      for (const input of inputs) if (input !== pace) while (input.head !== undefined && input.head.pts < from) input.take();
      if (pace.head === undefined) {
        pace.isAwaited = !pace.ended;
        return undefined;
      }
      const { pts } = pace.head;
      let settled = true;
      for (const input of inputs) {
        if (input === pace || isForced || isSettled(input, pts, pts + reachOf(input, pts))) continue;
        input.isAwaited = true;
        settled = false;
      }
      if (!settled) return undefined;
      const members = inputs.map((input) => {
        if (input === pace) return { item: input.take(), isPresent: true };
        const item = nearest(input, pts);
        return item === undefined ? standIn(input, pts) : { item, isPresent: true };
      });
      return { pts, members };
    },
    isSpent: (input, inputs) => {
      const { ended, head, last, options } = input;
      if (!ended || head !== undefined) return false;
      if (input.index === base || last === undefined) return true;
      if (!Number.isFinite(options.tolerance)) return !input.isLastFresh;
      const pace = inputs[base]!;
      return (pace.head?.pts ?? pace.bound) - last.pts > options.tolerance;
    },
    since: (inputs) => inputs[base]!.headSince,
    bound: (inputs) => {
      const { head, ended, bound } = inputs[base]!;
      return head?.pts ?? (ended ? Number.POSITIVE_INFINITY : bound);
    },
  };
}
