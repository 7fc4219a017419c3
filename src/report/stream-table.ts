// What became of each stream, where a report is about several: how much it gave, how much arrived, how fast and how late.
import { formatCount, formatMilliseconds, formatSpan, threeDigits } from './format-quantity.ts';
import { type Markup, markup } from './markup.ts';
import type { Report } from './report.ts';
import type { StreamRecord } from './stream-record.ts';

export function streamTable({ streams, summary, hasDetections }: Report): Markup {
  const given = new Map(summary.elements.map(({ name, handled }) => [name, handled]));
  const late = new Map(summary.elements.map(({ name, dropped }) => [name, Object.values(dropped).reduce((sum, count) => sum + count, 0)]));
  const row = (stream: StreamRecord): Markup => {
    const { source, frames, results, objects, span, latency } = stream;
    const arrived = hasDetections ? results : frames;
    const made = given.get(source);
    const share = made === undefined || made === 0 ? undefined : Math.min(1, arrived / made);
    return markup`<tr><th>${source}</th><td>${made === undefined ? '–' : formatCount(made)}</td><td>${formatCount(late.get(source) ?? 0)}</td>
<td>${formatCount(arrived)}</td><td class="left">${share !== undefined && meter(share)}</td><td>${span === 0 ? '–' : threeDigits(arrived / (span / 1e6))}</td><td>${formatSpan(span)}</td>
${[latency.p50, latency.p95, latency.p99].map((value) => markup`<td>${latency.count === 0 ? '–' : formatMilliseconds(value)}</td>`)}
${hasDetections && markup`<td>${formatCount(objects)}</td>`}</tr>`;
  };
  return markup`<div class="scroll"><table><thead>
<tr><th></th><th class="group" colspan="2">at the source</th><th class="group" colspan="4">at the report</th><th class="group" colspan="3">latency, ms</th>${hasDetections && markup`<th></th>`}</tr>
<tr><th>stream</th><th>frames</th><th>missed</th><th>${hasDetections ? 'results' : 'frames'}</th><th class="left">arrived</th><th>a second</th><th>over</th><th>p50</th><th>p95</th><th>p99</th>${hasDetections && markup`<th>objects</th>`}</tr></thead><tbody>
${streams.map(row)}</tbody></table></div>`;
}

function meter(share: number): Markup {
  const percent = Math.round(100 * share);
  return markup`<span class="meter"><i style="width:${percent}%"></i></span> ${percent} %`;
}
