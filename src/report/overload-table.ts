// What was done against overload: every step up and down, and what led to it.
import type { OverloadRecord, OverloadSummary } from '../core/overload/overload-summary.ts';
import type { Microseconds } from '../core/time/time.ts';
import { formatSpan } from './format-quantity.ts';
import { type Markup, markup } from './markup.ts';
import { overloadChart } from './overload-chart.ts';

/** @param runTime How long the run took. */
export function overloadTable({ steps, taken, counts }: OverloadSummary, runTime: Microseconds): Markup {
  if (steps.length === 0) return markup`<p>No step had to be taken.</p>`;
  const times = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const end = taken.length === 0 ? 'all were undone' : `in force at the end: ${taken.join(', ')}`;
  return markup`<p>Steps were taken ${times === 1 ? 'once' : `${times} times`}; ${end}.</p>
${overloadChart(steps, runTime, reasonOf)}
<div class="scroll"><table><thead><tr><th>after</th><th></th><th class="left">step</th><th class="left">because</th><th class="left">changes</th></tr></thead><tbody>
${steps.map(
  (record) => markup`<tr><td>${formatSpan(record.at)}</td><td class="left">${record.direction === 'up' ? 'taken' : 'undone'}</td>
<td class="left wrap">${record.step}</td><td class="left wrap">${reasonOf(record)}</td><td class="left wrap">${record.direction === 'up' && markup`<code>${record.changes}</code>`}</td></tr>`,
)}</tbody></table></div>`;
}

/** What was measured, and against what. */
function reasonOf(record: OverloadRecord): string {
  const { element, measure, measured, threshold, direction, because } = record;
  if (because !== undefined) return because === 'edit' ? 'the graph was changed' : 'the graph stood still';
  const text = (value: number): string =>
    measure === 'level' || measure === 'drops' ? `${Math.round(100 * value)} %` : formatSpan(value * 1000);
  return `${measure} of ${element} ${text(measured)}, ${direction === 'up' ? 'above' : 'at most'} ${text(threshold)}`;
}
