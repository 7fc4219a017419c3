// `leat simulate`: many runs of a graph of fakes, until one breaks what must always hold. Prints the seed that reproduces it and
// the smallest case that was found.
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import { type Exploration, explore, faultPlan, loadGraph, type SimulationRun, simulate, simulationCase } from '../index.ts';
import { ExitCode, UsageError } from './exit-code.ts';
import { formatExploration } from './format-exploration.ts';
import { type GraphOptions, graphArguments } from './graph-arguments.ts';

export interface SimulateOptions extends GraphOptions {
  readonly seed: string;
  readonly runs: string;
  readonly faults?: string;
  readonly buffers: string;
  readonly case?: string;
  readonly save?: string;
  readonly log?: string;
  readonly json?: boolean;
}

export async function simulateCommand(words: readonly string[], options: SimulateOptions): Promise<void> {
  const { source, options: load, title } = graphArguments(words, options);
  const runs = readCount('--runs', options.runs, 1);
  const one = options.case === undefined ? freshCase(options) : readFile('--case', options.case, simulationCase);
  const graph = await loadGraph(source, load);
  // What the graph writes is not kept: a hundred runs would write it a hundred times.
  const outputFolder = await mkdtemp(join(tmpdir(), 'leat-simulation-'));
  try {
    const found = await explore(graph, one, { runs: options.case === undefined ? runs : 1, outputFolder });
    const { failure } = found;
    const shown = failure?.smallest.run ?? { case: { ...one, seed: found.firstSeed + found.runs - 1 } };
    if (options.save !== undefined && failure !== undefined) write('--save', options.save, `${JSON.stringify(shown.case, null, 2)}\n`);
    if (options.log !== undefined) {
      const lines: string[] = [];
      await simulate(graph, shown.case, { outputFolder, onLine: (line) => lines.push(line) });
      write('--log', options.log, `${lines.join('\n')}\n`);
    }
    const text =
      options.json === true ? `${JSON.stringify(recordOf(found), null, 2)}\n` : formatExploration(found, { title, words, options });
    process.stdout.write(text);
    if (failure !== undefined) process.exitCode = ExitCode.failed;
  } finally {
    await rm(outputFolder, { recursive: true, force: true });
  }
}

function freshCase({ seed, buffers, faults }: SimulateOptions): z.output<typeof simulationCase> {
  return simulationCase.parse({
    seed: readCount('--seed', seed, 0),
    buffers: readCount('--buffers', buffers, 0),
    ...(faults === undefined ? {} : { faults: readFile('--faults', faults, faultPlan) }),
  });
}

function readCount(option: string, text: string, least: number): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= least && text.trim() !== '') return count;
  throw new UsageError(`${option}: expected a whole number of at least ${least}, found ${text}`);
}

function readFile<T extends z.ZodType>(option: string, file: string, schema: T): z.output<T> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`Cannot read ${option} ${file}: ${(error as Error).message}`);
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
    throw new UsageError(`Cannot write ${option} ${file}: ${(error as Error).message}`);
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
