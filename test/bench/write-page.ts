import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { type BenchRowReport, cells, HEADINGS } from './bench-row.ts';
import { root } from './launchers.ts';

/** Writes docs/benchmarks.md from what has just been measured. */
export function writePage(reports: ReadonlyMap<string, BenchRowReport>, rounds: number): void {
  const line = (columns: readonly string[]): string => `| ${columns.join(' | ')} |`;
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
  const text = [
    '# Benchmarks',
    '',
    '<!-- Written by `npm run bench -- --write`; do not edit. -->',
    '',
    `Measured on ${machine}, in ${rounds} rounds. Everything runs in fresh processes, ours and the peer's in turns; a figure is the`,
    'median with the lowest and the highest round, a ratio is taken round by round. How and why: [performance](design/performance.md).',
    '',
    line(HEADINGS),
    line(HEADINGS.map(() => '---')),
    ...[...reports.values()].flatMap(({ results }) => results.map((result) => line(cells(result)))),
    '',
    ...[...reports].flatMap(([name, { details }]) => (details === undefined ? [] : [`## ${name}`, '', details, ''])),
  ];
  writeFileSync(`${root}docs/benchmarks.md`, text.join('\n'));
}
