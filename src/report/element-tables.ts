// What each element did: buffers and times, queues, batches and drops, as tables.
import type { Summary } from '../core/counts/histogram.ts';
import type { ElementSummary } from '../core/counts/statistics.ts';
import { formatCount, formatMilliseconds, formatSpan, threeDigits } from './format-quantity.ts';
import { type Markup, markup } from './markup.ts';

export function elementTable(elements: readonly ElementSummary[]): Markup {
  return markup`<div class="scroll"><table><thead>
<tr><th></th><th></th><th class="group" colspan="3">waiting, ms</th><th class="group" colspan="3">working, ms</th><th class="group" colspan="3">since the source, ms</th></tr>
<tr><th>element</th><th>buffers</th>${[1, 2, 3].map(() => markup`<th>p50</th><th>p95</th><th>p99</th>`)}</tr></thead><tbody>
${elements.map(
  ({ name, type, handled, waiting, working, age }) => markup`<tr><th>${name}<small>${type}</small></th><td>${formatCount(handled)}</td>
${[waiting, working, age].map(percentiles)}</tr>`,
)}</tbody></table></div>`;
}

function percentiles({ count, p50, p95, p99 }: Summary): Markup {
  return markup`${[p50, p95, p99].map((value) => markup`<td>${count === 0 ? '–' : formatMilliseconds(value)}</td>`)}`;
}

/** How full each queue has been, and how long what it let go had waited. */
export function queueTable(elements: readonly ElementSummary[]): Markup | undefined {
  const rows = elements.flatMap(({ name, queues }) => queues.map((queue) => ({ name, ...queue })));
  if (rows.length === 0) return undefined;
  return markup`<div class="scroll"><table><thead><tr><th>queue</th><th>most buffers</th><th>limit</th><th></th><th>found full</th><th>ran dry</th><th>waited p50</th><th>p99</th><th>most, ms</th></tr></thead><tbody>
${rows.map(
  ({ name, pad, highWater, maxBuffers, overruns, underruns, waiting: { count, p50, p99, max } }) =>
    markup`<tr><td>${name}.${pad}</td><td>${highWater}</td><td>${maxBuffers === 0 ? 'none' : maxBuffers}</td><td>${
      maxBuffers > 0 &&
      markup`<span class="meter"><i style="width:${Math.round((100 * Math.min(highWater, maxBuffers)) / maxBuffers)}%"></i></span>`
    }</td><td>${formatCount(overruns)}</td><td>${formatCount(underruns)}</td>${[p50, p99, max].map(
      (value) => markup`<td>${count === 0 ? '–' : formatMilliseconds(value)}</td>`,
    )}</tr>`,
)}</tbody></table></div>`;
}

/** How large batches were, why they left when they did, and what that cost. */
export function batchTable(elements: readonly ElementSummary[]): Markup | undefined {
  const rows = elements.filter(({ batches }) => Object.keys(batches.byCause).length > 0);
  if (rows.length === 0) return undefined;
  return markup`${rows.map(({ name, batches }) => {
    const { byCause, bySize, oldestWaited, waste } = batches;
    const count = Object.values(byCause).reduce((sum, one) => sum + one, 0);
    const items = Object.entries(bySize).reduce((sum, [size, one]) => sum + Number(size) * one, 0);
    const waited =
      oldestWaited === undefined
        ? ''
        : `; the oldest item waited ${formatSpan(oldestWaited.p50)} (p50), ${formatSpan(oldestWaited.p99)} (p99)`;
    const padding = waste === undefined ? '' : `; ${threeDigits(100 * waste)} % of what was computed was padding`;
    return markup`<p><b>${name}</b>: ${formatCount(count)} batches with ${threeDigits(items / count)} items on average${waited}${padding}.</p>
<div class="pair">${shares('left because', byCause, count)}${shares('size', bySize, count)}</div>`;
  })}`;
}

/** How often each of some things was, as numbers and as bars. */
function shares(heading: string, of: Readonly<Record<string, number>>, total: number): Markup {
  const most = Math.max(...Object.values(of));
  return markup`<table><thead><tr><th>${heading}</th><th>batches</th><th></th><th></th></tr></thead><tbody>
${Object.entries(of).map(
  ([key, count]) =>
    markup`<tr><td>${key}</td><td>${formatCount(count)}</td><td>${Math.round((100 * count) / total)} %</td><td class="bar-cell"><span class="share" style="width:${Math.max(1, Math.round((100 * count) / most))}%"></span></td></tr>`,
)}</tbody></table>`;
}

/** What was lost, and why. */
export function dropTable(elements: readonly ElementSummary[]): Markup | undefined {
  const rows = elements.flatMap(({ name, dropped }) =>
    Object.entries(dropped).flatMap(([cause, count]) => (count > 0 ? [{ name, cause, count }] : [])),
  );
  if (rows.length === 0) return undefined;
  return markup`<div class="scroll"><table><thead><tr><th>element</th><th class="left">cause</th><th>buffers dropped</th></tr></thead><tbody>
${rows.map(({ name, cause, count }) => markup`<tr><td>${name}</td><td class="left">${cause}</td><td>${formatCount(count)}</td></tr>`)}</tbody></table></div>`;
}

/** What elements did that were taken out of the graph while it ran. */
export function removedTables(removed: readonly ElementSummary[] = []): Markup | undefined {
  return removed.length === 0 ? undefined : markup`<h3>Removed while it ran</h3>${elementTable(removed)}${dropTable(removed)}`;
}
