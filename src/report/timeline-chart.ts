// Objects of each class per frame over stream time, stacked.

import { classColour } from './class-colour.ts';
import type { ClassSeries, TimelineBins } from './class-timeline.ts';
import { formatMoment, threeDigits } from './format-quantity.ts';
import { type Markup, markup } from './markup.ts';
import { PLOT_HEIGHT, plotFrame } from './plot-frame.ts';
import { scaleFromZero, timeTicks } from './ticks.ts';

export function timelineChart(bins: TimelineBins): Markup {
  const { frames, classes, startUs, widthUs } = bins;
  // The most frequent class stands at the bottom.
  const stack = classes.map(({ counts }) => counts.map((count, bin) => (frames[bin]! > 0 ? count / frames[bin]! : 0)));
  const heights = stackUp(stack, frames.length);
  const { end, ticks } = scaleFromZero(Math.max(...heights[heights.length - 1]!));
  const endUs = startUs + widthUs * frames.length;
  const areas = classes.map((one, index) => area(one, heights[index]!, heights[index + 1]!, end));
  return plotFrame({
    label: `Objects per frame over stream time, by class: ${classes.map(({ label, objects }) => `${label} ${objects}`).join(', ')}`,
    xName: 'stream time',
    yName: 'objects per frame',
    xTicks: timeTicks(startUs, endUs, 5),
    yTicks: ticks,
    marks: markup`<svg width="100%" height="${PLOT_HEIGHT}" viewBox="0 0 ${frames.length} ${PLOT_HEIGHT}" preserveAspectRatio="none">
${areas}${frames.map((count, bin) => binTitle(bins, stack, bin, count))}</svg>`,
  });
}

/** The lower and upper edges of the layers: one list more than there are layers. */
function stackUp(layers: readonly (readonly number[])[], length: number): readonly (readonly number[])[] {
  const edges = [new Array<number>(length).fill(0)];
  for (const [index, layer] of layers.entries()) edges.push(layer.map((value, bin) => edges[index]![bin]! + value));
  return edges;
}

function area({ label, classId }: ClassSeries, lower: readonly number[], upper: readonly number[], end: number): Markup {
  const y = (value: number): number => Math.round((1 - value / end) * PLOT_HEIGHT * 10) / 10;
  const there = upper.map((value, bin) => `${bin === 0 ? 'M0' : ''}${bin === 0 ? ` ${y(value)}` : `V${y(value)}`}H${bin + 1}`);
  const back = lower.map((value, bin) => `V${y(value)}H${bin}`).reverse();
  return markup`<path d="${there.join('')}${back.join('')}Z" fill="${classColour(classId)}" data-class="${label}"/>`;
}

/** An invisible column that says what there was when the pointer rests on it. */
function binTitle({ startUs, widthUs, classes }: TimelineBins, stack: readonly (readonly number[])[], bin: number, frames: number): Markup {
  const from = startUs + bin * widthUs;
  const lines = classes.flatMap(({ label }, index) => (stack[index]![bin]! > 0 ? [`${label}: ${threeDigits(stack[index]![bin]!)}`] : []));
  const head = `${formatMoment(from)} – ${formatMoment(from + widthUs)}, ${frames} ${frames === 1 ? 'frame' : 'frames'}`;
  const title = [head, ...(lines.length === 0 ? ['nothing found'] : lines)].join('\n');
  return markup`<rect class="hover" x="${bin}" y="0" width="1" height="${PLOT_HEIGHT}"><title>${title}</title></rect>`;
}
