// A join as a test writes it: what comes at which input in which order, and what leaves, as text.
import { Join, type JoinedItems, type JoinPolicyName } from '../../src/core/join/join.ts';
import type { JoinInputOptions } from '../../src/core/join/join-input.ts';

export interface Item {
  readonly input: number;
  readonly pts: number;
  readonly epoch?: number;
}

export type Step = Item | { readonly input: number; readonly gap: number } | { readonly input: number; readonly end: true };

export interface ScriptOptions {
  readonly policy: JoinPolicyName;
  readonly base?: number;
  readonly inputs: readonly Partial<JoinInputOptions>[];
}

export const defaults: JoinInputOptions = {
  required: false,
  tolerance: Number.POSITIVE_INFINITY,
  maxAge: Number.POSITIVE_INFINITY,
  onMissing: 'null',
};

export interface Outcome {
  /** `50(66,50)`: the set's time and those of its members; `-` for none, a star behind what stands in, and a line for skipped sets. */
  readonly sets: readonly string[];
  /** What the join let go of that was in no set, by why. */
  readonly lost: Readonly<Record<string, number>>;
}

/** Plays a script and takes every set as soon as it is there. */
export function play(options: ScriptOptions, script: readonly Step[]): Outcome {
  const lost: Record<string, number> = {};
  const sets: string[] = [];
  const join = new Join<Item>(
    { policy: options.policy, base: options.base ?? 0, inputs: options.inputs.map((one) => ({ ...defaults, ...one })) },
    (_item, _input, why) => {
      if (why !== 'used') lost[why] = (lost[why] ?? 0) + 1;
    },
  );
  for (const step of script) {
    if ('pts' in step) join.push(step.input, step);
    else if ('gap' in step) join.gap(step.input, step.gap);
    else join.end(step.input);
    for (let set = join.next(); set !== undefined; set = join.next()) sets.push(textOf(set));
  }
  join.clear();
  return { sets, lost };
}

/** The steps of several inputs in the order of their times; the first input comes first where times are the same. */
export function byTime(...inputs: readonly (readonly number[])[]): Item[] {
  return inputs.flatMap((times, input) => times.map((pts) => ({ input, pts }))).sort((a, b) => a.pts - b.pts || a.input - b.input);
}

/** Each input whole, one after the other. */
export function oneAfterTheOther(...inputs: readonly (readonly number[])[]): Item[] {
  return inputs.flatMap((times, input) => times.map((pts) => ({ input, pts })));
}

export function endOf(...inputs: readonly number[]): Step[] {
  return inputs.map((input) => ({ input, end: true }));
}

export function textOf({ pts, members, isSkipped }: JoinedItems<Item>): string {
  const parts = members.map((member) => {
    if (member === undefined) return '-';
    const between = member.next === undefined ? '' : `~${member.next.pts}@${member.weight}`;
    return `${member.item.pts}${between}${member.isPresent ? '' : '*'}`;
  });
  return `${isSkipped ? '|' : ''}${pts}(${parts.join(',')})`;
}
