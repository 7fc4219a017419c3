// `leat simulate`: many runs of a graph of fakes, until one breaks what must always hold. Prints the seed that reproduces it and
// the smallest case that was found.
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import { type Exploration, explore, faultPlan, formatDuration, loadGraph, type SimulationRun, simulate, simulationCase } from '../index.ts';
import { ExitCode, UsageError } from './exit-code.ts';
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
    process.stdout.write(options.json === true ? `${JSON.stringify(recordOf(found), null, 2)}\n` : formatFound(found, title, options));
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

function formatFound(found: Exploration, title: string, options: SimulateOptions): string {
  const { runs, firstSeed, steps, buffers, time, orders, strikes, failure } = found;
  const count = (number: number, word: string): string => `${number.toLocaleString('en-US')} ${word}${number === 1 ? '' : 's'}`;
  const struck = Object.entries(strikes).map(([kind, number]) => `${kind} ${number}`);
  const lines = [
    `${title}: ${count(runs, 'run')} from seed ${firstSeed}, ${count(orders, 'different order')} of events`,
    `  ${count(steps, 'step')}, ${count(buffers, 'buffer')}, ${formatDuration(time)} of simulated time`,
    `  faults: ${struck.length === 0 ? 'none struck' : struck.join(', ')}`,
  ];
  if (failure === undefined) return `${[...lines, '  nothing that must hold was broken'].join('\n')}\n`;
  const { run, smallest } = failure;
  const { broken, case: small, strikes: few, steps: left } = smallest.run;
  const again = [
    `--seed ${run.case.seed}`,
    ...(options.faults === undefined ? [] : [`--faults ${options.faults}`]),
    `--buffers ${run.case.buffers}`,
  ];
  lines.push(
    '',
    `  Broken: ${run.broken!.invariant}. ${run.broken!.message}`,
    `  Reproduce it: leat simulate ${title === 'launch string' ? '<graph>' : title} ${again.join(' ')}`,
    `  The smallest case found in ${smallest.tried} attempts, ${count(left, 'step')}: ${broken!.message}`,
    `    sources: ${
      Object.entries(small.limits)
        .map(([name, limit]) => `${name} ${count(limit, 'buffer')}`)
        .join(', ') || `${small.buffers} buffers each`
    }`,
    `    faults: ${few.length === 0 ? 'none' : few.map(({ fault, element, buffer }) => `${fault.kind} on buffer ${buffer} of ${element}`).join(', ')}`,
    `    choices left to chance: ${small.choices ?? smallest.run.choices}`,
    options.save === undefined ? '    --save <file> keeps it' : `    saved as ${options.save}; repeat it with --case ${options.save}`,
  );
  return `${lines.join('\n')}\n`;
}
