// `npm run bench [-- [NAME ...] [--rounds N] [--write]]`: measures what this program promises of speed and memory, each against
// a peer in the same run, and prints the table. With --write the table goes to docs/benchmarks.md.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { batcher } from './batcher.ts';
import { type BenchRow, type BenchRowReport, cells, HEADINGS } from './bench-row.ts';
import { eventLoopDelay } from './event-loop-delay.ts';
import { inlineElements } from './inline-elements.ts';
import { join } from './join.ts';
import { manyCameras } from './many-cameras.ts';
import { manyStreams } from './many-streams.ts';
import { det640, shapes } from './material.ts';
import { memory } from './memory.ts';
import { preprocess } from './preprocess.ts';
import { queueHop } from './queue-hop.ts';
import { readMedia } from './read-media.ts';
import { readTensor } from './read-tensor.ts';
import { reconnects } from './reconnects.ts';
import { wholePipeline } from './whole-pipeline.ts';
import { writePage } from './write-page.ts';

const rows: readonly BenchRow[] = [
  inlineElements,
  queueHop,
  join,
  batcher,
  manyStreams,
  preprocess,
  readMedia,
  readTensor,
  manyCameras,
  wholePipeline(shapes),
  wholePipeline(det640),
  eventLoopDelay,
  memory,
  reconnects,
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' }, write: { type: 'boolean', default: false } },
});
const unknown = positionals.filter((name) => !rows.some((row) => row.name === name));
const rounds = Number(values.rounds);
if (unknown.length > 0 || !Number.isSafeInteger(rounds) || rounds < 1) {
  const text = unknown.length > 0 ? `There is no row named ${unknown.join(', ')}` : `--rounds takes a whole number, found ${values.rounds}`;
  console.error(`${text}; rows: ${rows.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

console.log(
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}, ${rounds} rounds in turns, [lowest..highest]\n`,
);
const reports = new Map<string, BenchRowReport>();
for (const row of rows) {
  if (positionals.length > 0 && !positionals.includes(row.name)) continue;
  const note = (text: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${row.name}: ${text}`);
  };
  const report = await measure(row, note);
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  reports.set(row.name, report);
  for (const result of report.results) {
    for (const [index, cell] of cells(result).entries()) console.log(`${HEADINGS[index]!.padStart(7)}  ${cell}`);
    console.log();
  }
  if (report.details !== undefined) console.log(`${report.details}\n`);
}
if (values.write) writePage(reports, rounds);

/** A row that cannot be measured costs the table no other, and the command its success. */
async function measure(row: BenchRow, note: (text: string) => void): Promise<BenchRowReport> {
  try {
    return await row.measure({ rounds, note });
  } catch (error) {
    process.exitCode = 1;
    return { results: [], details: `${row.name} could not be measured. ${(error as Error).message}` };
  }
}
