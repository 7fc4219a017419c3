// Decides which buffer of which element a fault strikes. That follows from the seed, the fault, the element and the buffer's
// number alone, so that a fault strikes the same buffers when others are taken out of the plan, or buffers out of the stream.
import { chanceOf } from './choices.ts';
import { type Fault, type FaultPlan, HOOK_FAULTS, SOURCE_FAULTS } from './fault-plan.ts';

/** A fault that has struck. */
export interface Strike {
  /** Its place in the plan, the element and the buffer's number: `0:camera:17`. */
  readonly key: string;
  readonly fault: Fault;
  readonly element: string;
  /** The number of the buffer among those of the element, from 0. */
  readonly buffer: number;
  /** How long it takes, in microseconds; 0 for what takes no time. */
  readonly delay: number;
}

export class FaultInjector {
  readonly strikes: Strike[] = [];
  private readonly plan: FaultPlan;
  private readonly seed: number;
  private readonly only: ReadonlySet<string> | undefined;
  private readonly counts = new Map<string, number>();
  private readonly given = new Map<string, number>();
  /** The faults that may strike an element, with their places in the plan. */
  private readonly threats = new Map<string, readonly (readonly [number, Fault])[]>();

  /** @param only Keys of the strikes that may happen; all where it is left out. */
  constructor(plan: FaultPlan, seed: number, only?: ReadonlySet<string>) {
    this.plan = plan;
    this.seed = seed;
    this.only = only;
  }

  /** How many buffers of an element there have been, whatever became of its hooks. */
  seen(element: string): number {
    return this.given.get(element) ?? 0;
  }

  /** The number of an element's next buffer. */
  count(element: string): number {
    const number = this.seen(element);
    this.given.set(element, number + 1);
    return number;
  }

  /** What strikes a buffer of an element; notes it. */
  at(element: string, buffer: number, isSource: boolean): readonly Strike[] {
    const threats = this.threatsOf(element, isSource);
    if (threats.length === 0) return NOTHING;
    const strikes: Strike[] = [];
    for (const [index, fault] of threats) {
      const key = `${index}:${element}:${buffer}`;
      if (this.does(fault, `${index}:${element}`, key, buffer))
        strikes.push({ key, fault, element, buffer, delay: this.delayOf(fault, key) });
    }
    this.strikes.push(...strikes);
    return strikes;
  }

  private threatsOf(element: string, isSource: boolean): readonly (readonly [number, Fault])[] {
    const known = this.threats.get(element);
    if (known !== undefined) return known;
    const { faults } = this.plan;
    const threats = [...faults.entries()].filter(([, fault]) => suits(fault, isSource) && matches(fault.element, element));
    this.threats.set(element, threats);
    return threats;
  }

  private does(fault: Fault, whom: string, key: string, buffer: number): boolean {
    const { probability, from, to = Number.POSITIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = fault;
    if (buffer < from || buffer >= to) return false;
    if (probability < 1 && chanceOf(this.seed, key) >= probability) return false;
    const count = this.counts.get(whom) ?? 0;
    if (count >= atMost) return false;
    // Counted whether or not it is left out below, or others would strike in its stead.
    this.counts.set(whom, count + 1);
    return this.only?.has(key) ?? true;
  }

  private delayOf(fault: Fault, key: string): number {
    if (fault.kind === 'stall') return Math.round(fault.ms * 1000);
    if (fault.kind !== 'jitter' && fault.kind !== 'slow') return 0;
    return Math.round(chanceOf(this.seed, `${key}:delay`) * fault.maxMs * 1000);
  }
}

const NOTHING: readonly Strike[] = [];

/** Whether a name is of a pattern in which `*` stands for any characters. */
export function matches(pattern: string, name: string): boolean {
  if (!pattern.includes('*')) return pattern === name;
  const expression = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&'));
  return new RegExp(`^${expression.join('.*')}$`).test(name);
}

function suits({ kind }: Fault, isSource: boolean): boolean {
  return !(isSource ? HOOK_FAULTS : SOURCE_FAULTS).includes(kind);
}
