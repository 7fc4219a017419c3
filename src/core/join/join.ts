// A join without pads and without a clock: things go in at its inputs, sets come out as soon as its policy can say what belongs
// together. Whoever holds it decides when waiting has an end, and says so with `force`.
import type { Microseconds } from '../time/time.ts';
import { arrivalPolicy } from './arrival-policy.ts';
import { basePolicy } from './base-policy.ts';
import { JoinInput, type JoinInputOptions, type LetGo, type Timed, type Use } from './join-input.ts';
import type { Draft, JoinPolicy, Member } from './join-policy.ts';
import { latestPolicy } from './latest-policy.ts';
import { settledPolicy } from './settled-policy.ts';
import { slowestPolicy } from './slowest-policy.ts';

export const JOIN_POLICIES = ['settled', 'slowest', 'base', 'latest', 'arrival'] as const;

export type JoinPolicyName = (typeof JOIN_POLICIES)[number];

export interface JoinOptions {
  readonly policy: JoinPolicyName;
  /** Index of the input that sets the pace of `base`. */
  readonly base: number;
  readonly inputs: readonly JoinInputOptions[];
}

/** What belongs together. */
export interface JoinedItems<Item> {
  readonly pts: Microseconds;
  readonly members: readonly (Member<Item> | undefined)[];
  /** Bit i is set where input i has something of this time, rather than nothing or what stands in for it. */
  readonly complete: number;
  /** Something required is missing: the set does not leave, and time has passed without data. */
  readonly isSkipped: boolean;
}

export class Join<Item extends Timed> {
  readonly inputs: readonly JoinInput<Item>[];
  private policy: JoinPolicy<Item>;
  private readonly isBased: boolean;
  private arrivals = 0;
  private hasAnyEnded = false;

  constructor({ policy, base, inputs }: JoinOptions, letGo: LetGo<Item>, use?: Use<Item>) {
    this.inputs = inputs.map((options, index) => new JoinInput(index, options, letGo, use));
    this.policy = policyOf(policy, base);
    this.isBased = policy === 'base';
  }

  /** @param now Clock time, by which waiting is measured. */
  push(input: number, item: Item, now: Microseconds = 0): void {
    this.inputs[input]!.push(item, this.arrivals++, now);
  }

  /** Nothing earlier than `until` will come at an input. */
  gap(input: number, until: Microseconds): void {
    this.inputs[input]!.advance(until);
  }

  end(input: number): void {
    this.hasAnyEnded = true;
    this.inputs[input]!.ended = true;
  }

  /** The next set; undefined while it is open what belongs into it. */
  next(): JoinedItems<Item> | undefined {
    return this.decide(false);
  }

  /** The set that has waited longest, without what it waits for; undefined when nothing waits. */
  force(): JoinedItems<Item> | undefined {
    return this.decide(true);
  }

  /** Who is waited for; to be asked after `next` gave nothing. */
  get awaited(): readonly JoinInput<Item>[] {
    return this.inputs.filter(({ isAwaited }) => isAwaited);
  }

  /** Clock time since which the next set has been waiting; undefined when none is. */
  get waitingSince(): Microseconds | undefined {
    return this.policy.since(this.inputs);
  }

  /** The earliest time of what waits; `Infinity` when nothing does. */
  get waitingFor(): Microseconds {
    let least = Number.POSITIVE_INFINITY;
    for (const { head } of this.inputs) if (head !== undefined && head.pts < least) least = head.pts;
    return least;
  }

  /** How many things have come. */
  get arrivalCount(): number {
    return this.arrivals;
  }

  /** Whether something waits that was among the first `count` to come and of which something is true. */
  holds(count: number, test: (item: Item) => boolean): boolean {
    return this.inputs.some((input) => input.holds(count, test));
  }

  /** No set will leave that is earlier. */
  get bound(): Microseconds {
    return this.policy.bound(this.inputs);
  }

  /** No set will leave any more. */
  get isOver(): boolean {
    if (!this.hasAnyEnded) return false;
    const { inputs, policy } = this;
    let anythingLeft = false;
    for (const input of inputs) {
      const { ended, head, last, options } = input;
      if (!ended || head !== undefined) anythingLeft = true;
      const isLost = options.required && (options.onMissing === 'skip' || last === undefined);
      if (isLost && policy.isSpent(input, inputs)) return true;
    }
    return !anythingLeft || this.bound === Number.POSITIVE_INFINITY;
  }

  /**
   * Goes on where a join of the same policy was, with other inputs; what waited at those that there are no more is let go.
   *
   * @param places For each input, which one it was there; undefined for those that are new.
   */
  takeOver(other: Join<Item>, places: readonly (number | undefined)[]): void {
    // Who sets the pace may have another place.
    if (!this.isBased) this.policy = other.policy;
    this.arrivals = other.arrivals;
    this.hasAnyEnded = other.hasAnyEnded;
    for (const [index, place] of places.entries()) if (place !== undefined) this.inputs[index]!.takeOver(other.inputs[place]!);
    other.clear();
  }

  /** Lets go of everything. */
  clear(): void {
    for (const input of this.inputs) input.clear();
  }

  private decide(isForced: boolean): JoinedItems<Item> | undefined {
    const { inputs } = this;
    for (const input of inputs) input.isAwaited = false;
    const draft = this.policy.decide(inputs, isForced);
    return draft === undefined ? undefined : this.complete(draft);
  }

  private complete({ pts, members }: Draft<Item>): JoinedItems<Item> {
    let complete = 0;
    let isSkipped = false;
    for (let index = 0; index < members.length; index++) {
      const member = members[index];
      if (member?.isPresent === true) complete |= 1 << index;
      else if (member === undefined && this.inputs[index]!.options.required) isSkipped = true;
    }
    for (let index = 0; !isSkipped && index < members.length; index++) {
      const member = members[index];
      if (member !== undefined) this.inputs[index]!.markUsed(member);
    }
    return { pts, members, complete: complete >>> 0, isSkipped };
  }
}

function policyOf<Item extends Timed>(name: JoinPolicyName, base: number): JoinPolicy<Item> {
  switch (name) {
    case 'settled':
      return settledPolicy();
    case 'slowest':
      return slowestPolicy();
    case 'base':
      return basePolicy(base);
    case 'latest':
      return latestPolicy();
    case 'arrival':
      return arrivalPolicy();
  }
}
