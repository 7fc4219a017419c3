// Makes a failing case small: fewer buffers, fewer faults, fewer choices left to chance, for as long as the same invariant breaks.
import type { Invariant } from './broken-invariant.ts';
import type { SimulationRun } from './simulate.ts';
import type { SimulationCase } from './simulation-case.ts';

export interface Shrunk {
  readonly run: SimulationRun;
  /** How many cases were tried. */
  readonly tried: number;
}

/**
 * The smallest failing case that is found.
 *
 * @param sources The names of the graph's sources.
 * @param budget How many cases may be tried.
 */
export async function shrink(
  failing: SimulationRun,
  sources: readonly string[],
  attempt: (smaller: SimulationCase) => Promise<SimulationRun>,
  budget = 300,
): Promise<Shrunk> {
  const invariant = failing.broken!.invariant as Invariant;
  let best = failing;
  let tried = 0;

  /** Whether a smaller case fails in the same way; keeps it when it does. */
  const fails = async (changes: Partial<SimulationCase>): Promise<boolean> => {
    if (tried >= budget) return false;
    tried++;
    const run = await attempt({ ...best.case, ...changes });
    if (run.broken?.invariant !== invariant) return false;
    best = run;
    return true;
  };

  /** The least number for which a case fails, by halves; what holds for a number need not hold for a larger one, so this is a guess. */
  const least = async (from: number, caseOf: (value: number) => Partial<SimulationCase>): Promise<void> => {
    let [low, high] = [0, from];
    while (low < high && tried < budget) {
      const middle = (low + high) >> 1;
      if (await fails(caseOf(middle))) high = middle;
      else low = middle + 1;
    }
  };

  for (let before = -1; before !== sizeOf(best) && tried < budget; ) {
    before = sizeOf(best);
    for (const source of sources) {
      const { limits, buffers } = best.case;
      await least(limits[source] ?? buffers, (limit) => ({ limits: { ...best.case.limits, [source]: limit } }));
    }
    await fewer(
      () => best.strikes.map(({ key }) => key),
      (only) => fails({ only: [...only] }),
    );
    await least(best.choices, (choices) => ({ choices }));
  }
  return { run: best, tried };
}

/** Takes parts out of a list, large ones first, for as long as what is left still fails. */
async function fewer(current: () => readonly string[], fails: (keys: readonly string[]) => Promise<boolean>): Promise<void> {
  if (current().length > 0 && (await fails([]))) return;
  for (let part = Math.ceil(current().length / 2); part >= 1; part = part === 1 ? 0 : Math.ceil(part / 2)) {
    for (let start = 0; start < current().length; ) {
      const keys = current();
      const rest = keys.filter((_, index) => index < start || index >= start + part);
      if (rest.length === 0 || !(await fails(rest))) start += part;
    }
  }
}

function sizeOf({ case: { limits }, strikes, choices }: SimulationRun): number {
  return Object.values(limits).reduce((sum, one) => sum + one, strikes.length + choices);
}
