// How long frames took from entering the graph to the report, on a logarithmic axis.
import type { Summary } from '../core/counts/histogram.ts';
import { formatCount, formatSpan } from './format-quantity.ts';
import type { LatencyBin } from './latency-bins.ts';
import { type Markup, markup } from './markup.ts';
import { PLOT_HEIGHT, percent, plotFrame } from './plot-frame.ts';
import { logTicks, scaleFromZero, type Tick } from './ticks.ts';

export function latencyHistogram(bins: readonly LatencyBin[], summary: Summary): Markup {
  const from = bins[0]!.from;
  const to = bins[bins.length - 1]!.to;
  const at = (value: number): number => Math.min(1, Math.max(0, Math.log(value / from) / Math.log(to / from)));
  const { end, ticks } = scaleFromZero(Math.max(...bins.map(({ count }) => count)), { whole: true });
  const bar = ({ from: low, to: high, count }: LatencyBin): Markup => {
    const height = (count / end) * PLOT_HEIGHT;
    const title = `${formatSpan(low)} – ${formatSpan(high)}: ${formatCount(count)} ${count === 1 ? 'frame' : 'frames'}`;
    return markup`<rect class="bar" x="${percent(at(low))}%" width="${percent(at(high) - at(low))}%" y="${round(PLOT_HEIGHT - height)}" height="${round(height)}"><title>${title}</title></rect>`;
  };
  const percentiles = [
    ['p50', summary.p50],
    ['p95', summary.p95],
    ['p99', summary.p99],
  ] as const;
  const said = percentiles.map(([name, value]) => `${name} ${formatSpan(value)}`).join(', ');
  return plotFrame({
    label: `Latency from source to report: ${said}`,
    xName: 'latency (logarithmic)',
    yName: 'frames',
    xTicks: thinned(logTicks(from, to, formatRound)),
    yTicks: ticks,
    marks: markup`${bins.map(bar)}${percentiles.map(([name, value]) => mark(name, value, at(value)))}`,
  });
}

function mark(name: string, value: number, at: number): Markup {
  const x = `${percent(at)}%`;
  return markup`<line class="mark" x1="${x}" x2="${x}" y1="-2" y2="${PLOT_HEIGHT}"><title>${name}: ${formatSpan(value)}</title></line>`;
}

function formatRound(value: number): string {
  return value < 1000 ? `${value} µs` : value < 1e6 ? `${value / 1000} ms` : `${value / 1e6} s`;
}

/** As many as there is room for on a narrow page. */
function thinned(ticks: readonly Tick[]): readonly Tick[] {
  const step = Math.ceil(ticks.length / 6);
  return ticks.filter((_, index) => index % step === 0);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
