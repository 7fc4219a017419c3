// Where time goes: for each element how long buffers waited in its queue and how long it worked on them, as bars that end at
// the median, with a paler end at the 95th percentile and a line to the 99th.
import type { Summary } from '../core/counts/histogram.ts';
import type { ElementSummary } from '../core/counts/statistics.ts';
import { formatSpan } from './format-quantity.ts';
import { type Markup, markup } from './markup.ts';
import { percent } from './plot-frame.ts';
import { scaleFromZero, type Tick } from './ticks.ts';

/** The share of the axis below which bars cannot be told apart. */
const SMALL = 0.005;
const BAR = 10;
const GAP = 3;
const ROW = 2 * BAR + GAP;

export function latencyChart(elements: readonly ElementSummary[]): Markup {
  const timed = elements.filter(({ waiting, working }) => waiting.count + working.count > 0);
  const largest = Math.max(0, ...timed.flatMap(({ waiting, working }) => [waiting.p99, working.p99]));
  const { end, ticks } = scaleFromZero(largest / 1000);
  const isSmall = ({ waiting, working }: ElementSummary): boolean => Math.max(waiting.p99, working.p99) < end * SMALL * 1000;
  const small = timed.filter(isSmall).map(({ name }) => name);
  return markup`<div class="bars">
${timed.filter((element) => !isSmall(element)).map((element) => row(element, end * 1000, ticks))}
<div></div><svg class="area" width="100%" height="30" aria-hidden="true">${ticks.map(label)}
<text class="name" x="100%" y="27" text-anchor="end">milliseconds</text></svg>
${small.length > 0 && markup`<p>Less than ${formatSpan(end * SMALL * 1000)} at p99: ${small.join(', ')}.</p>`}</div>`;
}

function row({ name, waiting, working }: ElementSummary, end: number, ticks: readonly Tick[]): Markup {
  const said = [describe('waiting', waiting), describe('working', working)].filter((text) => text !== '').join('; ');
  return markup`<div class="bar-name">${name}</div><svg class="area" width="100%" height="${ROW + 10}" role="img" aria-label="${name}: ${said}">
${ticks.map(({ at }) => markup`<line class="grid" x1="${percent(at)}%" x2="${percent(at)}%" y1="0" y2="${ROW + 10}"/>`)}
${bar('waiting', waiting, 5, end)}${bar('working', working, 5 + BAR + GAP, end)}</svg>`;
}

function bar(kind: 'waiting' | 'working', summary: Summary, y: number, end: number): Markup | undefined {
  if (summary.count === 0) return undefined;
  const [p50, p95, p99] = [summary.p50, summary.p95, summary.p99].map((value) => percent(value / end));
  // What is too short to be seen still leaves a mark.
  return markup`<g class="${kind}"><title>${describe(kind, summary)}</title>
<rect class="hover" x="0" width="100%" y="${y - 1}" height="${BAR + 2}"/>
<rect class="most" x="0" width="${p95}%" y="${y}" height="${BAR}"/><rect x="0" width="${p50}%" y="${y}" height="${BAR}"/><rect x="0" width="1.5" y="${y}" height="${BAR}"/>
<line x1="${p95}%" x2="${p99}%" y1="${y + BAR / 2}" y2="${y + BAR / 2}"/><line x1="${p99}%" x2="${p99}%" y1="${y + 1}" y2="${y + BAR - 1}"/></g>`;
}

function describe(kind: string, { count, p50, p95, p99 }: Summary): string {
  return count === 0 ? '' : `${kind}: p50 ${formatSpan(p50)}, p95 ${formatSpan(p95)}, p99 ${formatSpan(p99)}`;
}

function label({ at, label: text }: Tick): Markup {
  const anchor = at < 0.03 ? 'start' : at > 0.97 ? 'end' : 'middle';
  return markup`<text x="${percent(at)}%" y="12" text-anchor="${anchor}">${text}</text>`;
}
