// `leat run`: plays a graph to its end, shows how far it is, and reports on it.
//
// Everything for people goes to the standard error stream, so that a graph may write its results to the standard output.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  createPipeline,
  formatDuration,
  GraphError,
  loadGraph,
  makeFolderOf,
  outputError,
  type Pipeline,
  parseDuration,
} from '../index.ts';
import { type ControlAnswer, controlBy, openControl } from './control-lines.ts';
import { ExitCode, UsageError } from './exit-code.ts';
import { type GraphOptions, graphArguments } from './graph-arguments.ts';
import { Interruption } from './interruption.ts';
import { showMessages } from './message-lines.ts';
import { printError } from './print-error.ts';
import { ProgressLine } from './progress-line.ts';
import { formatReport } from './run-report.ts';
import { type RunOutcome, runStatistics } from './run-statistics.ts';
import { cleanUpAfterFault } from './stray-fault.ts';
import { TraceWriter } from './trace-writer.ts';

export interface RunOptions extends GraphOptions {
  readonly stats?: boolean;
  readonly statsFile?: string;
  readonly trace?: string;
  readonly duration?: string;
  readonly control?: string;
  readonly quiet?: boolean;
}

export async function runCommand(words: readonly string[], options: RunOptions): Promise<void> {
  const interruption = new Interruption();
  const { source, options: load, title } = graphArguments(words, options);
  const duration = options.duration === undefined ? undefined : readDuration(options.duration);
  const graph = await loadGraph(source, load);
  for (const file of [options.trace, options.statsFile]) if (file !== undefined) prepareFile(file);
  const control = options.control === undefined ? undefined : await openControl(options.control);
  const trace = options.trace === undefined ? undefined : new TraceWriter(options.trace);
  const pipeline = createPipeline(graph, trace === undefined ? {} : { onSpan: trace.span });
  trace?.watch(pipeline);
  const progress = new ProgressLine(pipeline, process.stderr, { silent: options.quiet === true, duration });
  showMessages(pipeline, (line) => interruption.aborted || progress.print(line), { quiet: options.quiet === true });
  interruption.watch(pipeline, (line) => progress.print(line));
  if (duration !== undefined) stopAfter(pipeline, duration);
  const endControl = control === undefined ? undefined : controlBy(pipeline, control, printAnswer);
  const standstill = (): void => pipeline.abort(standstillOf(pipeline));
  process.once('beforeExit', standstill);
  cleanUpAfterFault((fault) => pipeline.abort(asError(fault)));
  let hasBegun = false;
  pipeline.bus.on('state-changed', ({ to }) => {
    hasBegun ||= to === 'playing';
  });
  progress.start();
  let error: unknown;
  try {
    await pipeline.run();
  } catch (thrown) {
    error = thrown instanceof GraphError ? new GraphError(thrown.issues.map((issue) => graph.locate(issue))) : thrown;
  }
  endControl?.();
  process.off('beforeExit', standstill);
  cleanUpAfterFault(undefined);
  progress.stop();
  interruption.release();
  trace?.close();
  const outcome: RunOutcome = interruption.happened ? 'interrupted' : error === undefined ? 'done' : 'failed';
  const statistics = runStatistics(pipeline, { title, outcome, error });
  // A run that never began has nothing to report, and its error is not to be lost among empty lines.
  if (options.quiet !== true && hasBegun) process.stderr.write(formatReport(statistics, process.stderr));
  if (options.stats === true) process.stdout.write(`${JSON.stringify(statistics, null, 2)}\n`);
  if (options.statsFile !== undefined) writeFileSync(options.statsFile, `${JSON.stringify(statistics, null, 2)}\n`);
  if (isReaderGone(error)) process.exitCode = ExitCode.readerGone;
  else if (error !== undefined && !interruption.aborted) process.exitCode = printError(error);
  if (interruption.happened) process.exitCode = ExitCode.interrupted;
}

function printAnswer(answer: ControlAnswer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

/** Whoever has read enough (`leat run … | head`) needs no message, but what else the graph was writing is not whole. */
function isReaderGone(error: unknown): boolean {
  return (Object(error) as { code?: unknown }).code === 'media/reader-gone';
}

function asError(fault: unknown): Error {
  return fault instanceof Error ? fault : new Error(String(fault));
}

/** When the process has nothing left to wait for although the graph is not at its end, nothing will ever move it. */
function standstillOf(pipeline: Pipeline): Error {
  const all = [...pipeline.elements.values()];
  const holding = all.flatMap(({ name, statistics: { inFlight } }) =>
    inFlight === 0 ? [] : [`${name} holds ${inFlight} ${inFlight === 1 ? 'buffer' : 'buffers'}`],
  );
  const atWork = all.flatMap(({ name, busy }) => (busy.length === 0 ? [] : [`${name} has not come back`]));
  const known = holding.length > 0 ? holding : atWork;
  const unknown = pipeline.state === 'playing' ? 'no element holds a buffer, but not all have ended' : 'an element is still being opened';
  const where = known.length > 0 ? known.join(', ') : unknown;
  return Object.assign(new Error(`The graph stands still, and nothing is left that could move it: ${where}`), { code: 'pipeline/stalled' });
}

function stopAfter(pipeline: Pipeline, duration: number): void {
  let cancel: (() => void) | undefined;
  pipeline.bus.on('state-changed', ({ to }) => {
    cancel?.();
    cancel = to === 'playing' ? pipeline.clock.schedule(pipeline.clock.now() + duration, () => pipeline.stop()) : undefined;
  });
}

function readDuration(text: string): number {
  try {
    const duration = parseDuration(text);
    if (duration > 0) return duration;
  } catch (error) {
    throw new UsageError(`--duration: ${(error as Error).message}`);
  }
  throw new UsageError(`--duration: expected more than 0, found ${formatDuration(0)}`);
}

/** Makes sure, before anything runs, that a file can be written. */
function prepareFile(file: string): void {
  try {
    makeFolderOf(resolve(file));
    writeFileSync(file, '');
  } catch (error) {
    throw new UsageError(outputError(file, error).message);
  }
}
