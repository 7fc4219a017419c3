// The report at the end of a run, for people, within 100 columns.
import { type ElementSummary, formatDuration } from '../index.ts';
import type { RunStatistics } from './run-statistics.ts';
import { styleFor } from './style-text.ts';
import { wrapText } from './wrap-text.ts';

const WIDTH = 100;
const LABEL = 10;

const OUTCOMES = { done: 'in', failed: 'before it failed, in', interrupted: 'before it was interrupted, in' };

export function formatReport(statistics: RunStatistics, stream: NodeJS.WritableStream): string {
  const style = styleFor(stream);
  const { frames, fps, runTime, realTimeFactor, outcome, elements, removed = [] } = statistics;
  const speed = realTimeFactor === undefined ? '' : `, ${realTimeFactor.toFixed(2)} × real time`;
  const lines = [
    style('bold', `${frames} frames ${OUTCOMES[outcome]} ${formatDuration(runTime)}: ${fps.toFixed(1)} fps${speed}`),
    '',
    ...elementTable(elements).map((line, index) => (index < 2 ? style('dim', line) : line)),
    '',
    ...labelled('Latency', latencyLines(elements), style),
    ...labelled('Batches', batchLines(elements), style),
    ...labelled('Drops', dropLines(elements), style),
    ...labelled('Removed', removed.map(removedLine), style),
    ...labelled('Ran on', noteLines(elements, 'provider'), style),
    ...labelled('Noted', otherNotes(elements), style),
    ...labelled('Outputs', outputLines(statistics), style),
  ];
  return `${lines.join('\n')}\n`;
}

function elementTable(elements: readonly ElementSummary[]): string[] {
  const nameWidth = Math.min(24, Math.max(7, ...elements.map(({ name }) => name.length)));
  const cell = (text: string): string => text.padStart(8);
  const row = (name: string, frames: string, working: readonly string[], waiting: readonly string[], queue: string): string =>
    `${shortName(name, nameWidth)} ${frames.padStart(8)}  ${working.map(cell).join('')}  ${waiting.map(cell).join('')} ${queue.padStart(7)}`;
  const percentiles = ['p50', 'p95', 'p99'];
  const head = `${' '.repeat(nameWidth + 9)}  ${'working, ms'.padStart(24)}  ${'waiting, ms'.padStart(24)}    queue`;
  return [
    head,
    row('element', 'frames', percentiles, percentiles, 'high'),
    ...elements.map(({ name, handled, working, waiting, queues }) =>
      row(name, String(handled), millisecondsOf(working), millisecondsOf(waiting), highest(queues)),
    ),
  ];
}

/** How full queues have been; of more than fit the column, the fullest and how many there are. */
function highest(queues: ElementSummary['queues']): string {
  const fill = ({ highWater, maxBuffers }: (typeof queues)[number]): number => highWater / (maxBuffers || Number.MAX_SAFE_INTEGER);
  const shown = ({ highWater, maxBuffers }: (typeof queues)[number]): string => `${highWater}/${maxBuffers || '∞'}`;
  if (queues.length === 0) return '–';
  if (queues.length <= 2) return queues.map(shown).join(' ');
  return `${shown(queues.reduce((one, other) => (fill(other) > fill(one) ? other : one)))} of ${queues.length}`;
}

function millisecondsOf({ count, p50, p95, p99 }: ElementSummary['working']): string[] {
  return count === 0 ? ['–', '–', '–'] : [p50, p95, p99].map(milliseconds);
}

/** Three significant digits. */
function milliseconds(microseconds: number): string {
  const value = microseconds / 1000;
  return value === 0 ? '0' : value < 100 ? value.toPrecision(value < 0.01 ? 1 : value < 0.1 ? 2 : 3) : value.toFixed(0);
}

/** From entering the graph to having been handled by a sink. */
function latencyLines(elements: readonly (ElementSummary & { role?: string })[]): string[] {
  return elements
    .filter(({ role, age }) => role === 'sink' && age.count > 0)
    .map(
      ({ name, age }) => `source to ${name}: p50 ${milliseconds(age.p50)}, p95 ${milliseconds(age.p95)}, p99 ${milliseconds(age.p99)} ms`,
    );
}

function batchLines(elements: readonly ElementSummary[]): string[] {
  const lines = elements.flatMap(({ name, batches }) => {
    const causes = Object.entries(batches.byCause);
    if (causes.length === 0) return [];
    const count = causes.reduce((sum, [, one]) => sum + one, 0);
    const sizes = Object.entries(batches.bySize).map(([size, one]) => `${one} of ${size}`);
    const { oldestWaited, waste } = batches;
    const waited =
      oldestWaited === undefined
        ? ''
        : `; the oldest waited: p50 ${milliseconds(oldestWaited.p50)}, p99 ${milliseconds(oldestWaited.p99)} ms`;
    const padding = waste === undefined ? '' : `; padding: ${(waste * 100).toFixed(1)} %`;
    return [
      `${name}: ${count} (${causes.map(([cause, one]) => `${cause} ${one}`).join(', ')}); sizes: ${sizes.join(', ')}${waited}${padding}`,
    ];
  });
  return lines.length === 0 ? ['none; every element took single buffers'] : lines;
}

function dropLines(elements: readonly ElementSummary[]): string[] {
  const lines = elements.flatMap(({ name, dropped }) => {
    const causes = Object.entries(dropped).filter(([, count]) => count > 0);
    return causes.length === 0 ? [] : [`${name}: ${causes.map(([cause, count]) => `${count} ${cause}`).join(', ')}`];
  });
  return lines.length === 0 ? ['none'] : lines;
}

/** What an element did until it was taken out of the running graph. */
function removedLine({ name, handled, dropped }: ElementSummary): string {
  const causes = Object.entries(dropped).filter(([, count]) => count > 0);
  return `${name}: ${handled} frames${causes.map(([cause, count]) => `, ${count} dropped: ${cause}`).join('')}`;
}

function noteLines(elements: readonly ElementSummary[], key: string): string[] {
  return elements.flatMap(({ name, notes }) => (notes[key] === undefined ? [] : [`${name}: ${showNote(notes[key])}`]));
}

function otherNotes(elements: readonly ElementSummary[]): string[] {
  return elements.flatMap(({ name, notes }) => {
    const others = Object.entries(notes).filter(([key]) => key !== 'provider' && key !== 'output');
    return others.length === 0 ? [] : [`${name}: ${others.map(([key, value]) => `${key} ${showNote(value)}`).join(', ')}`];
  });
}

function showNote(note: unknown): string {
  if (typeof note !== 'object' || note === null) return String(note);
  if (Array.isArray(note)) return note.map(showNote).join(', ');
  return Object.entries(note)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key} ${showNote(value)}`)
    .join(', ');
}

function outputLines({ outputs }: RunStatistics): string[] {
  return outputs.map(({ path, bytes }) => (bytes === undefined ? path : `${path} (${formatBytes(bytes)})`));
}

function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function labelled(label: string, texts: readonly string[], style: ReturnType<typeof styleFor>): string[] {
  const wrapped = texts.flatMap((text) => wrapText(text, WIDTH - LABEL));
  return wrapped.map((text, index) => `${style('dim', (index === 0 ? label : '').padEnd(LABEL))}${text}`);
}

/** A name that is too long keeps its end, which tells more. */
function shortName(name: string, width: number): string {
  return (name.length <= width ? name : `…${name.slice(1 - width)}`).padEnd(width);
}
