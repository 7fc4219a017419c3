// What was done against overload: every step up and down, and what led to it.
import type { OverloadRecord, OverloadSummary } from '../core/overload-summary.ts';
import { formatSpan } from './format-quantity.ts';
import { type Markup, markup } from './markup.ts';

export function overloadTable({ steps, taken, counts }: OverloadSummary): Markup {
  if (steps.length === 0) return markup`<p>No step had to be taken.</p>`;
  const times = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const end = taken.length === 0 ? 'all were undone' : `in force at the end: ${taken.join(', ')}`;
  return markup`<p>Steps were taken ${times === 1 ? 'once' : `${times} times`}; ${end}.</p>
<div class="scroll"><table><thead><tr><th>after</th><th class="left">step</th><th></th><th class="left">at</th><th class="left">measured</th></tr></thead><tbody>
${steps.map(
  (
    record,
  ) => markup`<tr><td>${formatSpan(record.at)}</td><td class="left">${record.step}</td><td>${record.direction === 'up' ? 'taken' : 'undone'}</td>
<td class="left">${record.element}</td><td class="left">${record.measure} ${measuredText(record)}</td></tr>`,
)}</tbody></table></div>`;
}

function measuredText({ measure, measured }: OverloadRecord): string {
  return measure === 'level' || measure === 'drops' ? `${Math.round(100 * measured)} %` : formatSpan(measured * 1000);
}
