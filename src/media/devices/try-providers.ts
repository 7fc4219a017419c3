// Which of the execution providers that ONNX Runtime is built with work here: each runs a tiny model, in a process beside this one,
// so that a driver that crashes or hangs costs that process and its own limit of time.
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Clock, SystemClock } from '../../core/time/clock.ts';
import { formatDuration, MICROSECONDS_PER_MILLISECOND } from '../../core/time/time.ts';
import { leash } from '../child/leash.ts';
import type { AcceleratorReport } from './device-report.ts';

/** What the process says of a provider: that it begins with it, that it works, or why it does not. */
export interface TrialNote {
  readonly provider: string;
  readonly hasBegun?: true;
  readonly tookMs?: number;
  readonly reason?: string;
}

export interface TrialOptions {
  /** How long a provider may take, in milliseconds. Building an engine for a model takes some of them seconds. */
  readonly limitMs?: number;
  readonly clock?: Clock;
  /** Starts the process that tries providers, with a channel for its notes. */
  readonly start?: (providers: readonly string[]) => ChildProcess | Promise<ChildProcess>;
}

export async function tryProviders(providers: readonly string[], options: TrialOptions = {}): Promise<AcceleratorReport[]> {
  const found = new Map<string, AcceleratorReport>();
  // Whoever comes after one that ended the process is tried in another.
  for (let left = providers; left.length > 0; left = providers.filter((one) => !found.has(one))) {
    for (const report of await trial(left, options)) found.set(report.provider, report);
  }
  return providers.map((provider) => found.get(provider)!);
}

/** Tries providers in one process; of at least one it tells. */
async function trial(
  providers: readonly string[],
  { limitMs = 30_000, clock = new SystemClock(), start = startTrial }: TrialOptions,
): Promise<AcceleratorReport[]> {
  const reports: AcceleratorReport[] = [];
  let current = providers[0]!;
  let isLate = false;
  const child = await start(providers);
  let cancel: () => void = () => undefined;
  const wait = (): void => {
    cancel();
    const late = (): void => {
      isLate = true;
      child.kill('SIGKILL');
    };
    cancel = clock.schedule(clock.now() + limitMs * MICROSECONDS_PER_MILLISECOND, late);
  };
  const end = await new Promise<string>((resolve) => {
    wait();
    child.on('message', ({ provider, hasBegun, tookMs, reason }: TrialNote) => {
      if (hasBegun === true) current = provider;
      else if (reason === undefined) reports.push({ provider, works: true, ...(tookMs === undefined ? {} : { tookMs }) });
      else reports.push({ provider, works: false, reason });
      wait();
    });
    child.once('error', (error) => resolve(`it cannot be tried: ${error.message}`));
    // Not `exit`, after which notes may still come.
    child.once('close', (code, signal) => resolve(`its driver ended the process that tried it (${signal ?? `exit code ${code}`})`));
  });
  cancel();
  const lateness = `it did not come to an end within ${formatDuration(limitMs * MICROSECONDS_PER_MILLISECOND)}`;
  const isTold = reports.some(({ provider }) => provider === current);
  if (!isTold) reports.push({ provider: current, works: false, reason: isLate ? lateness : end });
  return reports;
}

async function startTrial(providers: readonly string[]): Promise<ChildProcess> {
  const here = import.meta.url;
  const isSource = here.endsWith('.ts');
  const entry = fileURLToPath(new URL(`./trial-worker${isSource ? '.ts' : '.js'}`, here));
  const loader = isSource ? ['--import', pathToFileURL(createRequire(here).resolve('tsx')).href] : [];
  const [program, ...words] = [...(await leash()), process.execPath, ...loader, entry, ...providers] as [string, ...string[]];
  // What drivers print is not for whoever reads the list.
  return spawn(program, words, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
}
