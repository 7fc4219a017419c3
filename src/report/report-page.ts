// The page as a whole: one HTML file that needs nothing else, not even a network.
import { classColour } from './class-colour.ts';
import type { ClassSeries } from './class-timeline.ts';
import { batchTable, dropTable, elementTable, queueTable, removedTables } from './element-tables.ts';
import { formatCount, formatSpan } from './format-quantity.ts';
import { frameGallery } from './frame-gallery.ts';
import { headline } from './headline.ts';
import { latencyChart } from './latency-chart.ts';
import { latencyHistogram } from './latency-histogram.ts';
import { type Markup, markup } from './markup.ts';
import { noteText } from './note-text.ts';
import { overloadTable } from './overload-table.ts';
import { PAGE_STYLE } from './page-style.ts';
import type { Report } from './report.ts';
import { streamTable } from './stream-table.ts';
import { timelineChart } from './timeline-chart.ts';

/** Columns of the timeline. */
const COLUMNS = 120;

export function reportPage(report: Report): string {
  const { title, sources } = report;
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="generator" content="Leat">
<title>${title}</title><style>${PAGE_STYLE}</style></head><body><main>
<div class="eyebrow">Run report</div><h1>${title}</h1>
${sources.length > 0 && markup`<p>${sources.length === 1 ? 'Source' : 'Sources'}: ${sources.join(', ')}</p>`}
${headline(report)}
${warnings(report)}${streams(report)}${found(report)}${frames(report)}${times(report)}${elements(report)}${overload(report)}${notes(report)}
<footer>Made by Leat. Times are those of the graph's own clock; percentiles are good to 3 %.</footer></main></body></html>
`.text;
}

function warnings({ summary }: Report): Markup | undefined {
  const all = summary.warnings ?? [];
  if (all.length === 0) return undefined;
  const rows = all.map(
    ({ code, text, count }) => markup`<li>${text} <code>${code}</code>${count > 1 && markup` (${formatCount(count)} times)`}</li>`,
  );
  return section('Warnings', '', markup`<ul class="warnings">${rows}</ul>`);
}

function streams(report: Report): Markup | undefined {
  if (report.streams.length < 2) return undefined;
  const text = 'What each stream gave, and what of it came to this report, over the time from its first to its last moment there.';
  return section('Streams', text, streamTable(report));
}

function found({ hasDetections, timeline }: Report): Markup | undefined {
  if (!hasDetections) return undefined;
  if (timeline.objects === 0) return section('What was found', 'Nothing was found in any frame.');
  const bins = timeline.bins(COLUMNS);
  const text = `Objects per frame over stream time. A column is the mean of ${formatSpan(bins.widthUs)}; rest the pointer on one for its numbers.`;
  return section('What was found', text, markup`${timelineChart(bins)}${classTable(bins.classes, timeline.frames)}`);
}

function classTable(classes: readonly ClassSeries[], frames: number): Markup {
  return markup`<div class="scroll"><table><thead><tr><th>class</th><th>objects</th><th>frames with it</th><th>most in a frame</th><th>mean score</th></tr></thead><tbody>
${classes.map(
  ({
    label,
    classId,
    objects,
    frames: its,
    most,
    meanScore,
  }) => markup`<tr><td><svg class="swatch" width="12" height="12" aria-hidden="true"><rect width="12" height="12" rx="3" fill="${classColour(classId)}"/></svg>${label}</td>
<td>${formatCount(objects)}</td><td>${formatCount(its)} (${Math.round((100 * its) / frames)} %)</td><td>${most}</td><td>${meanScore.toFixed(2)}</td></tr>`,
)}</tbody></table></div>`;
}

function frames({ hasVideo, pictures, sources }: Report): Markup | undefined {
  if (!hasVideo) return undefined;
  if (pictures.length === 0) return section('Frames', 'There are no pictures of this run.');
  const text = 'Some frames spread over the run, and those in which most was found. A click shows one large.';
  return section('Frames', text, frameGallery(pictures, sources.length > 1));
}

function times({ summary, latency }: Report): Markup {
  const key = markup`<ul class="key">
<li><svg width="12" height="12" aria-hidden="true"><rect class="waiting" width="12" height="12" rx="3"/></svg>waiting in the element's queue</li>
<li><svg width="12" height="12" aria-hidden="true"><rect class="working" width="12" height="12" rx="3"/></svg>working in the element</li>
<li>solid to the median, pale to p95, line to p99</li></ul>`;
  const { summary: whole, bins } = latency;
  const histogram =
    bins.length > 0 &&
    markup`<h3>From the source to this report</h3>
<p>p50 ${formatSpan(whole.p50)}, p95 ${formatSpan(whole.p95)}, p99 ${formatSpan(whole.p99)} (dashed lines), at most ${formatSpan(whole.max)}.</p>${latencyHistogram(bins, whole)}`;
  return section('Where the time goes', '', markup`${key}${latencyChart(summary.elements)}${histogram}`);
}

function elements({ summary }: Report): Markup {
  const drops = dropTable(summary.elements);
  const queues = queueTable(summary.elements);
  const batches = batchTable(summary.elements);
  return section(
    'Elements',
    '',
    markup`${elementTable(summary.elements)}
<h3>Drops</h3>${drops ?? markup`<p>None: every buffer arrived.</p>`}
<h3>Batches</h3>${batches ?? markup`<p>None: every element took single buffers.</p>`}
${queues !== undefined && markup`<h3>Queues</h3>${queues}`}
${removedTables(summary.removed)}`,
  );
}

function overload({ summary }: Report): Markup | undefined {
  return summary.overload === undefined ? undefined : section('Overload', '', overloadTable(summary.overload, summary.runTime));
}

function notes({ summary }: Report): Markup | undefined {
  const rows = summary.elements.flatMap(({ name, notes }) =>
    Object.entries(notes).map(([key, value]) => [`${name}: ${key}`, noteText(value)]),
  );
  if (rows.length === 0) return undefined;
  return section('Notes', '', markup`<dl class="notes">${rows.map(([key, value]) => markup`<dt>${key}</dt><dd>${value}</dd>`)}</dl>`);
}

function section(title: string, text: string, body?: Markup): Markup {
  return markup`<section><h2>${title}</h2>${text !== '' && markup`<p>${text}</p>`}${body}</section>
`;
}
