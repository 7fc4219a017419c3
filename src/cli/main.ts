// The launcher. Reads the command line and loads the command that was asked for; everything else stays unloaded.
//
// Exit codes: 0 done, 1 the run failed, 2 the graph or the arguments are invalid, 130 interrupted, 141 nobody reads the
// output any more.
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { ExitCode } from './exit-code.ts';
import { printError } from './print-error.ts';
import { watchForFaults } from './stray-fault.ts';

/** The exit code of Node itself where nothing is left that could go on. */
const UNSETTLED = 13;

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };

const collect = (value: string, previous: readonly string[]): string[] => [...previous, value];

const program = new Command('leat')
  .description('Runs graphs of elements over video and other streams.')
  .version(version)
  .exitOverride()
  .configureHelp({ helpWidth: Math.min(100, process.stdout.columns || 100) })
  .showSuggestionAfterError()
  .addHelpText(
    'after',
    '\nExit codes: 0 done, 1 the run failed, 2 invalid graph or arguments, 130 interrupted, 141 nobody reads the output any more.',
  );

/** A command that takes a graph: a file, or a launch string of one or of several words. */
function graphCommand(name: string, summary: string): Command {
  return program
    .command(name)
    .description(summary)
    .argument('<graph...>', "a graph file, or a launch string such as 'fake-source count=100 ! fake-sink'")
    .option('--param <name=value>', "gives one of the graph's params a value; a relative path is relative to here", collect, [])
    .option('--set <element.property=value>', 'changes a property of an element; a relative path is relative to the graph', collect, [])
    .option('--plugin <module>', 'loads further elements from a file or a package', collect, []);
}

graphCommand('run', 'Runs a graph to its end, and reports on it.')
  .option('--stats', 'prints the statistics as JSON on the standard output; --stats=<file> writes them to a file')
  .option('--stats-file <file>', 'writes the statistics as JSON to a file')
  .option('--trace <file>', 'writes a trace for https://ui.perfetto.dev')
  .option('--duration <time>', 'ends the sources after a time, such as 10s or 2m')
  .option('--control <file>', 'changes the graph while it runs by what a file, or - for the standard input, says: a JSON edit a line')
  .option('--quiet', 'shows no progress and no report, only warnings and errors')
  .action(async (graph: string[], options) => (await import('./run-command.ts')).runCommand(graph, options));

graphCommand('check', 'Finds everything that is wrong with a graph, with no device, video or model opened.')
  .option('--json', 'prints the problems as JSON')
  .action(async (graph: string[], options) => (await import('./check-command.ts')).checkCommand(graph, options));

graphCommand('graph', 'Draws a graph, or prints it as a graph file.')
  .option('--format <format>', 'dot, mermaid, svg or json', 'dot')
  .option('--output <file>', 'writes to a file instead of the standard output')
  .action(async (graph: string[], options) => (await import('./graph-command.ts')).graphCommand(graph, options));

graphCommand('simulate', 'Runs a graph of fakes many times on a clock of its own, in seeded orders and with declared faults.')
  .option('--seed <number>', 'the first seed; the same seed is the same run (default: 1)')
  .option('--runs <number>', 'how many runs; their seeds count up (default: 1)')
  .option('--faults <file>', 'what goes wrong, as schemas/faults.schema.json says')
  .option('--buffers <number>', 'after how many buffers each source ends (default: 100)')
  .option('--case <file>', 'repeats one run that was saved, in the place of the four before')
  .option('--save <file>', 'writes the smallest failing case to a file, for --case')
  .option('--log <file>', 'writes everything that happens in the failing run, or else in the last, line by line')
  .option('--json', 'prints the outcome as JSON')
  .action(async (graph: string[], options) => (await import('./simulate-command.ts')).simulateCommand(graph, options));

program
  .command('inspect')
  .description('Lists the elements there are, or says everything about one.')
  .argument('[element]')
  .option('--json', 'prints JSON')
  .option('--plugin <module>', 'loads further elements from a file or a package', collect, [])
  .action(async (element: string | undefined, options) => (await import('./inspect-command.ts')).inspectCommand(element, options));

program
  .command('models')
  .description('Says what the models in a folder want and give.')
  .argument('<folder>', 'a folder with models, or one model')
  .option('--json', 'prints JSON')
  .action(async (folder: string, options) => (await import('./models-command.ts')).modelsCommand(folder, options));

program
  .command('devices')
  .description('Lists cameras, microphones, accelerators that work, sensors, and the ways to run models and to read media.')
  .option('--json', 'prints JSON')
  .action(async (options) => (await import('./devices-command.ts')).devicesCommand(options));

/** `--stats` never takes the word behind it, which would be the graph; `--stats=file` names a file. */
function withStats(args: readonly string[]): string[] {
  return args.flatMap((arg) => (arg.startsWith('--stats=') ? ['--stats-file', arg.slice(8)] : [arg]));
}

// Whoever reads the output may stop reading (`leat inspect | head`); that is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // EIO is what a terminal says that was closed.
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    process.emit('outputClosed' as never);
  });
}

watchForFaults();

// Done is what has come to its end, not what happened to stop.
let isDone = false;
process.once('exit', (code) => {
  if (isDone || (code !== ExitCode.done && code !== UNSETTLED)) return;
  const text = 'The process ended before the command was done: a plugin has called process.exit, or waits for what never comes';
  process.exitCode = printError(Object.assign(new Error(text), { code: 'cli/ended-early' }));
});

try {
  await program.parseAsync(withStats(process.argv.slice(2)), { from: 'user' });
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? ExitCode.done : ExitCode.invalid;
  else process.exitCode = printError(error);
}
isDone = true;
// What an element may have left behind must not keep the process from ending; in good order this timer never fires.
setTimeout(() => process.exit(), 1000).unref();
