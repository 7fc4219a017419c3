// One account of the processor's cores for sessions, decoders and workers together: more busy threads than cores cost a
// quarter of the throughput. The budget forbids nothing; it gives everybody the same rule for defaults, and says who has what.
import { availableParallelism } from 'node:os';

/** Some threads that somebody keeps busy. */
export interface ThreadClaim {
  readonly name: string;
  readonly threads: number;
  /** Gives the threads back; any number of calls. */
  release(): void;
}

export interface ThreadBudgetReport {
  readonly cores: number;
  readonly claimed: number;
  /** Threads claimed beyond the cores; 0 when all fit. */
  readonly over: number;
  readonly claims: readonly { readonly name: string; readonly threads: number }[];
}

export interface RunPlan {
  /** How many runs to keep in flight. */
  readonly inFlight: number;
  /** Threads inside one run. */
  readonly intraOpThreads: number;
}

// Runs in flight on an accelerator: one computing, one whose input is being brought there.
const ACCELERATOR_RUNS = 2;

export class ThreadBudget {
  /** Threads that may be busy at once. */
  readonly cores: number;
  private readonly held = new Set<ThreadClaim>();

  /** @param cores A whole number of at least 1; default: `LEAT_THREADS`, or what the system grants this process. */
  constructor(cores: number = coresOf(process.env)) {
    if (!Number.isSafeInteger(cores) || cores < 1) {
      throw new RangeError(`A thread budget needs a whole number of at least 1, found ${cores}`);
    }
    this.cores = cores;
  }

  /** Enters threads that `name` keeps busy from now on. */
  claim(name: string, threads: number): ThreadClaim {
    if (!Number.isSafeInteger(threads) || threads < 0) {
      throw new RangeError(`${name} must claim a whole number of threads, found ${threads}`);
    }
    const claim: ThreadClaim = { name, threads, release: () => this.held.delete(claim) };
    this.held.add(claim);
    return claim;
  }

  /** Threads nobody has claimed; 0 when more are claimed than there are. */
  get free(): number {
    return Math.max(0, this.cores - this.claimed);
  }

  /**
   * How to run a model when nobody says otherwise. On a processor several runs with one thread each beat one run with several
   * (154 against 140 a second where measured), as long as there can be as many runs at once; where there cannot, the threads
   * inside a run make up for it. One run more than cores has the next at hand when a core comes free (101 against 97 a second
   * where measured). An accelerator wants few runs and bigger batches.
   *
   * @param wish.mostRuns How many runs can be under way at once at all.
   */
  plan(wish: { intraOpThreads?: number | undefined; accelerator?: boolean; mostRuns?: number } = {}): RunPlan {
    const { accelerator = false, mostRuns = Number.POSITIVE_INFINITY } = wish;
    const { intraOpThreads = Math.max(1, Math.floor(this.cores / mostRuns)) } = wish;
    const spare = intraOpThreads === 1 ? 1 : 0;
    const inFlight = accelerator ? ACCELERATOR_RUNS : Math.max(1, Math.floor(this.cores / intraOpThreads)) + spare;
    return { inFlight: Math.min(inFlight, mostRuns), intraOpThreads };
  }

  /** Who has what, largest first. */
  report(): ThreadBudgetReport {
    const claims = [...this.held].map(({ name, threads }) => ({ name, threads })).sort((a, b) => b.threads - a.threads);
    return { cores: this.cores, claimed: this.claimed, over: Math.max(0, this.claimed - this.cores), claims };
  }

  private get claimed(): number {
    let sum = 0;
    for (const { threads } of this.held) sum += threads;
    return sum;
  }
}

/** The cores that the environment grants. @throws RangeError when `LEAT_THREADS` is not a whole number of at least 1. */
export function coresOf(environment: NodeJS.ProcessEnv): number {
  const wanted = environment.LEAT_THREADS;
  if (wanted === undefined || wanted === '') return availableParallelism();
  if (!/^[1-9]\d{0,4}$/.test(wanted))
    throw new RangeError(`LEAT_THREADS must be a whole number of at least 1, found ${JSON.stringify(wanted)}`);
  return Number(wanted);
}
