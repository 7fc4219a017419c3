// Runs a graph many times, each with a seed of its own, until an invariant breaks; what breaks it is made small.
import type { OpenedGraph } from '../core/graph/open-graph.ts';
import type { Microseconds } from '../core/time/time.ts';
import { Arena } from '../memory/arena.ts';
import type { Fault } from './fault-plan.ts';
import { type Shrunk, shrink } from './shrink.ts';
import { type SimulationOptions, type SimulationRun, simulate } from './simulate.ts';
import { isSource } from './simulated-graph.ts';
import { MAX_SEED, type SimulationCaseInput } from './simulation-case.ts';

export interface Exploration {
  /** Runs that were made, the failing one included. */
  readonly runs: number;
  readonly firstSeed: number;
  readonly steps: number;
  readonly buffers: number;
  /** By the runs' own clocks, all together. */
  readonly time: Microseconds;
  /** How often faults of each kind struck. */
  readonly strikes: Readonly<Partial<Record<Fault['kind'], number>>>;
  /** What elements dropped in all runs, by element and cause. */
  readonly dropped: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** What became of the plan's edits in all runs; those that a run ended before are in none of these. */
  readonly edits: { readonly made: number; readonly refused: Readonly<Record<string, number>> };
  /** Different orders of events that were seen. */
  readonly orders: number;
  /** The first run that broke an invariant, and the smallest that breaks the same. */
  readonly failure: { readonly run: SimulationRun; readonly smallest: Shrunk } | undefined;
}

export type ExploreOptions = Omit<SimulationOptions, 'onLine'> & {
  /** How many runs; their seeds count up from the case's. */
  readonly runs: number;
  /** How many cases may be tried to make a failing one small. Default: 300; 0 leaves it as it is. */
  readonly shrinkBudget?: number | undefined;
  /** Called after each run; what it throws breaks an expectation of the caller's. */
  readonly onRun?: ((run: SimulationRun) => void) | undefined;
};

/** Runs a graph many times. @throws GraphError when it cannot be simulated, RangeError for runs that are none. */
export async function explore(graph: OpenedGraph, input: SimulationCaseInput, options: ExploreOptions): Promise<Exploration> {
  const { runs, shrinkBudget = 300, onRun, ...rest } = options;
  // Nothing is found by not looking.
  if (!(runs >= 1)) throw new RangeError(`Cannot explore in ${runs} runs: it takes at least one`);
  const { seed: firstSeed = 1 } = input;
  const arena = options.arena ?? Arena.create();
  const attempt = async (one: SimulationCaseInput): Promise<SimulationRun> => judged(await simulate(graph, one, { ...rest, arena }), onRun);
  const digests = new Set<string>();
  const strikes: Partial<Record<Fault['kind'], number>> = {};
  const dropped: Record<string, Record<string, number>> = {};
  const totals = { steps: 0, buffers: 0, time: 0 };
  const edits = { made: 0, refused: {} as Record<string, number> };
  let made = 0;
  let failing: SimulationRun | undefined;
  while (made < runs && failing === undefined) {
    const run = await attempt({ ...input, seed: (firstSeed + made++) % (MAX_SEED + 1) });
    digests.add(run.digest);
    totals.steps += run.steps;
    totals.buffers += run.buffers;
    totals.time += run.time;
    for (const { fault } of run.strikes) strikes[fault.kind] = (strikes[fault.kind] ?? 0) + 1;
    for (const { name, dropped: own } of run.summary.elements) {
      for (const [cause, count] of Object.entries(own)) {
        dropped[name] ??= {};
        dropped[name][cause] = (dropped[name][cause] ?? 0) + count;
      }
    }
    for (const { outcome, reason = '' } of run.edits) {
      if (outcome === 'made') edits.made++;
      else if (outcome === 'refused') edits.refused[reason] = (edits.refused[reason] ?? 0) + 1;
    }
    if (run.broken !== undefined) failing = run;
  }
  const sources = Object.entries(graph.description.elements).flatMap(([name, { type }]) => {
    const definition = graph.registry.get(type);
    return definition !== undefined && isSource(definition) ? [name] : [];
  });
  const failure = failing === undefined ? undefined : { run: failing, smallest: await shrink(failing, sources, attempt, shrinkBudget) };
  return { runs: made, firstSeed, ...totals, strikes, dropped, edits, orders: digests.size, failure };
}

function judged(run: SimulationRun, onRun: ExploreOptions['onRun']): SimulationRun {
  try {
    onRun?.(run);
    return run;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ...run, broken: run.broken ?? { invariant: 'expectation', message } };
  }
}
