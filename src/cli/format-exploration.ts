// What an exploration has found, for people: what happened in all, and for a failure how to make it happen again.
import { type Exploration, formatDuration } from '../index.ts';
import type { SimulateOptions } from './simulate-command.ts';

/** How the command was called. */
export interface SimulateCall {
  readonly title: string;
  readonly words: readonly string[];
  readonly options: SimulateOptions;
}

/** What `leat simulate` prints. */
export function formatExploration(found: Exploration, call: SimulateCall): string {
  const { runs, firstSeed, steps, buffers, time, orders, strikes, dropped, edits, failure } = found;
  const struck = Object.entries(strikes).map(([kind, number]) => `${kind} ${number.toLocaleString('en-US')}`);
  const lost = Object.entries(dropped).map(([name, causes]) => `${name} (${listOf(causes)})`);
  const lines = [
    `${call.title}: ${count(runs, 'run')} from seed ${firstSeed}, ${count(orders, 'different order')} of events`,
    `  ${count(steps, 'step')}, ${count(buffers, 'buffer')}, ${formatDuration(time)} of simulated time`,
    `  faults: ${struck.length === 0 ? 'none struck' : struck.join(', ')}`,
    `  dropped: ${lost.length === 0 ? 'nothing' : lost.join(', ')}`,
    ...editLines(edits),
  ];
  if (failure === undefined) return `${[...lines, '  nothing that must hold was broken'].join('\n')}\n`;
  const { run, smallest } = failure;
  const { options } = call;
  const { broken, case: small, strikes: few, steps: left } = smallest.run;
  lines.push(
    '',
    `  Broken: ${run.broken!.invariant}. ${run.broken!.message}`,
    `  Reproduce it: ${commandFor(run.case.seed, call)}`,
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

function editLines({ made, refused }: Exploration['edits']): string[] {
  const reasons = Object.entries(refused);
  if (made + reasons.length === 0) return [];
  const all = [
    `${made.toLocaleString('en-US')} made`,
    ...reasons.map(([reason, number]) => `${number.toLocaleString('en-US')} refused (${reason})`),
  ];
  return [`  edits: ${all.join(', ')}`];
}

function count(number: number, word: string): string {
  return `${number.toLocaleString('en-US')} ${word}${number === 1 ? '' : 's'}`;
}

function listOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([word, number]) => `${word} ${number.toLocaleString('en-US')}`)
    .join(', ');
}

/** The command that makes one run again, to be pasted into a shell. */
function commandFor(seed: number, { words, options }: SimulateCall): string {
  const { param, set, plugin, faults, buffers = '100' } = options;
  const parts = [
    ...words,
    ...(options.case === undefined ? ['--seed', `${seed}`, '--buffers', buffers] : ['--case', options.case]),
    ...(options.case === undefined && faults !== undefined ? ['--faults', faults] : []),
    ...param.flatMap((one) => ['--param', one]),
    ...set.flatMap((one) => ['--set', one]),
    ...plugin.flatMap((one) => ['--plugin', one]),
  ];
  return ['leat simulate', ...parts.map(quoted)].join(' ');
}

function quoted(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
