// `leat simulate`: many runs of a graph of fakes, until one breaks what must always hold. Prints the seed that reproduces it and
// the smallest case that was found.
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import {
  type Exploration,
  explore,
  faultPlan,
  loadGraph,
  MAX_SEED,
  outputError,
  type SimulationRun,
  simulate,
  simulationCase,
} from '../index.ts';
import { ExitCode, UsageError } from './exit-code.ts';
import { formatExploration } from './format-exploration.ts';
import { type GraphOptions, graphArguments } from './graph-arguments.ts';
import { readText } from './read-text.ts';

export interface SimulateOptions extends GraphOptions {
  readonly seed?: string;
  readonly runs?: string;
  readonly faults?: string;
  readonly buffers?: string;
  readonly case?: string;
  readonly save?: string;
  readonly log?: string;
  readonly json?: boolean;
}

export async function simulateCommand(words: readonly string[], options: SimulateOptions): Promise<void> {
  const { source, options: load, title } = graphArguments(words, options);
  const runs = readCount('--runs', options.runs ?? '1', 1);
  const one = options.case === undefined ? freshCase(options) : savedCase(options.case, options);
  if (one.seed + runs - 1 > MAX_SEED) throw new UsageError(`--seed: the last of ${runs} runs would have a seed beyond ${MAX_SEED}`);
  const graph = await loadGraph(source, load);
  // What the graph writes is not kept: a hundred runs would write it a hundred times.
  const outputFolder = await mkdtemp(join(tmpdir(), 'leat-simulation-'));
  try {
    const found = await explore(graph, one, { runs, outputFolder, onRun: sayOnce() });
    const { failure } = found;
    const shown = failure?.smallest.run ?? { case: { ...one, seed: found.firstSeed + found.runs - 1 } };
    const text =
      options.json === true ? `${JSON.stringify(recordOf(found), null, 2)}\n` : formatExploration(found, { title, words, options });
    // Said first: what was found must not be lost to a file that cannot be written.
    process.stdout.write(text);
    if (failure !== undefined) process.exitCode = ExitCode.failed;
    if (options.save !== undefined && failure !== undefined) write('--save', options.save, `${JSON.stringify(shown.case, null, 2)}\n`);
    if (options.log !== undefined) {
      const lines: string[] = [];
      await simulate(graph, shown.case, { outputFolder, onLine: (line) => lines.push(line) });
      write('--log', options.log, `${lines.join('\n')}\n`);
    }
  } finally {
    await rm(outputFolder, { recursive: true, force: true });
  }
}

/** Says at once what seed breaks something: to find the smallest case that does may take long. */
function sayOnce(): (run: SimulationRun) => void {
  let isSaid = false;
  return ({ broken, case: { seed } }) => {
    if (broken === undefined || isSaid) return;
    isSaid = true;
    process.stderr.write(`Seed ${seed} breaks ${broken.invariant}; looking for the smallest case that does\n`);
  };
}

function freshCase({ seed = '1', buffers = '100', faults }: SimulateOptions): z.output<typeof simulationCase> {
  return simulationCase.parse({
    seed: readCount('--seed', seed, 0, MAX_SEED),
    buffers: readCount('--buffers', buffers, 0),
    ...(faults === undefined ? {} : { faults: readFile('--faults', faults, faultPlan) }),
  });
}

function savedCase(file: string, options: SimulateOptions): z.output<typeof simulationCase> {
  for (const name of ['seed', 'runs', 'faults', 'buffers'] as const) {
    if (options[name] !== undefined)
      throw new UsageError(`--${name}: the case in ${file} says so already; leave it out, or change it there`);
  }
  return readFile('--case', file, simulationCase);
}

function readCount(option: string, text: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= least && count <= most && text.trim() !== '') return count;
  const bounds = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new UsageError(`${option}: expected a whole number ${bounds}, found ${text}`);
}

function readFile<T extends z.ZodType>(option: string, file: string, schema: T): z.output<T> {
  const text = readText(option, file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`Cannot read ${option} ${file}: it is no JSON: ${(error as Error).message}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `/${path.join('/')}: ${message}`);
  throw new UsageError(`Cannot take ${option} ${file}: ${issues.join('; ')}`);
}

function write(option: string, file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new UsageError(outputError(file, error).message.replace('Cannot write', `Cannot write ${option}`));
  }
}

/** What `--json` prints. */
function recordOf({ failure, ...rest }: Exploration): unknown {
  const run = ({ broken, case: one, steps, time, buffers, digest, strikes }: SimulationRun): unknown => ({
    broken,
    case: one,
    steps,
    time,
    buffers,
    digest,
    strikes: strikes.map(({ key, fault }) => ({ key, kind: fault.kind })),
  });
  return {
    version: 1,
    ...rest,
    failure:
      failure === undefined ? undefined : { first: run(failure.run), smallest: run(failure.smallest.run), tried: failure.smallest.tried },
  };
}
