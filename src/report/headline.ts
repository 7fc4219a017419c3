// The few numbers that sum a run up.
import type { Summary } from '../core/counts/histogram.ts';
import { formatCount, formatSpan, threeDigits } from './format-quantity.ts';
import { type Markup, markup } from './markup.ts';
import { noteText } from './note-text.ts';
import type { Report } from './report.ts';

export function headline(report: Report): Markup {
  const { summary, frames, streamSpan, timeline } = report;
  const latency = longestLatency(report);
  const seconds = summary.runTime / 1e6;
  const figures = [
    figure('Frames', formatCount(frames), streamSpan > 0 ? `${formatSpan(streamSpan)} of stream` : ''),
    figure('Run time', formatSpan(summary.runTime), ''),
    seconds > 0 &&
      figure(
        'Speed',
        `${threeDigits(frames / seconds)} fps`,
        streamSpan > 0 ? `${threeDigits(streamSpan / 1e6 / seconds)} × real time` : '',
      ),
    latency && figure('Latency', formatSpan(latency.age.p50), `to ${latency.to}, p99 ${formatSpan(latency.age.p99)}`),
    report.hasDetections &&
      figure(
        'Objects',
        formatCount(timeline.objects),
        timeline.frames > 0 ? `${threeDigits(timeline.objects / timeline.frames)} a frame` : '',
      ),
    ...summary.elements.flatMap(({ name, notes }) =>
      notes['provider'] === undefined ? [] : [providerFigure(noteText(notes['provider']), name)],
    ),
  ];
  return markup`<dl class="figures">${figures}</dl>`;
}

/** That of the sink which data take longest to reach: a report may hang on a short branch of the graph. */
function longestLatency({ summary, latency }: Report): { readonly to: string; readonly age: Summary } | undefined {
  const sinks = summary.elements.filter(({ type, produced }) => type !== 'report-sink' && produced === 0);
  const all = [{ to: 'this report', age: latency.summary }, ...sinks.map(({ name, age }) => ({ to: name, age }))];
  const reached = all.filter(({ age }) => age.count > 0);
  return reached.reduce((one, other) => (other.age.p50 > one.age.p50 ? other : one), reached[0]!);
}

/** Why others did not run stands in brackets, and among the notes. */
function providerFigure(note: string, element: string): Markup {
  return figure('Ran on', note.split(' (')[0]!, element);
}

function figure(name: string, value: string, more: string): Markup {
  return markup`<div><dt>${name}</dt><dd>${value}${more !== '' && markup`<small>${more}</small>`}</dd></div>`;
}
