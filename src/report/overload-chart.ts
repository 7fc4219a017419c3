// The steps against overload over the time of the run: a bar for each, from when it was taken until it was undone. The first rung
// stands at the top; a pointer that rests on a bar is told why.
import type { OverloadRecord } from '../core/overload/overload-summary.ts';
import type { Microseconds } from '../core/time/time.ts';
import { formatMoment } from './format-quantity.ts';
import { type Markup, markup } from './markup.ts';
import { percent } from './plot-frame.ts';
import { timeTicks } from './ticks.ts';

/** A step that was in force for a while. */
interface Bar {
  readonly up: OverloadRecord;
  readonly down: OverloadRecord | undefined;
}

const ROW = 40;
const BAR = 14;
const AXIS = 40;

/** @param runTime How long the run took, as the records count time. */
export function overloadChart(
  steps: readonly OverloadRecord[],
  runTime: Microseconds,
  reasonOf: (record: OverloadRecord) => string,
): Markup {
  const names = [...new Set(steps.map(({ step }) => step))];
  const end = Math.max(runTime, ...steps.map(({ at }) => at), 1);
  const height = names.length * ROW;
  const label = names
    .map(
      (name) =>
        `${name} ${barsOf(steps, name)
          .map((bar) => spanText(bar, end))
          .join(', ')}`,
    )
    .join('; ');
  return markup`<svg class="area" width="100%" height="${height + AXIS}" role="img" aria-label="Steps in force over the time of the run: ${label}">
${names.map((name, row) => rowOf(name, row * ROW, barsOf(steps, name), end, reasonOf))}
<line class="base" x1="0" x2="100%" y1="${height}" y2="${height}"/>
${timeTicks(0, end, 5).map(
  ({ at, label: text }) => markup`<line class="base" x1="${percent(at)}%" x2="${percent(at)}%" y1="${height}" y2="${height + 4}"/>
<text x="${percent(at)}%" y="${height + 18}" text-anchor="${at < 0.03 ? 'start' : at > 0.97 ? 'end' : 'middle'}">${text}</text>`,
)}
<text class="name" x="100%" y="${height + 36}" text-anchor="end">time since the start</text></svg>`;
}

function rowOf(name: string, y: number, bars: readonly Bar[], end: Microseconds, reasonOf: (record: OverloadRecord) => string): Markup {
  return markup`<text class="name" x="0" y="${y + 14}">${name}</text>
<line class="grid" x1="0" x2="100%" y1="${y + 27}" y2="${y + 27}"/>
${bars.map((bar) => {
  const [from, to] = [bar.up.at / end, (bar.down?.at ?? end) / end];
  const left = bar.down === undefined ? 'in force at the end' : `undone after ${formatMoment(bar.down.at)}: ${reasonOf(bar.down)}`;
  const title = `${name}: taken after ${formatMoment(bar.up.at)}: ${reasonOf(bar.up)}\n${left}`;
  return markup`<rect class="step" x="${percent(from)}%" y="${y + 20}" width="${percent(Math.max(0.004, to - from))}%" height="${BAR}" rx="3"><title>${title}</title></rect>`;
})}`;
}

/** Of the last steps that are kept, the first may be one that was undone. */
function barsOf(steps: readonly OverloadRecord[], name: string): Bar[] {
  const bars: Bar[] = [];
  for (const one of steps) {
    if (one.step !== name) continue;
    const last = bars.at(-1);
    if (one.direction === 'up') bars.push({ up: one, down: undefined });
    else if (last === undefined) bars.push({ up: { ...one, at: 0 }, down: one });
    else bars[bars.length - 1] = { ...last, down: one };
  }
  return bars;
}

function spanText({ up, down }: Bar, end: Microseconds): string {
  return `from ${formatMoment(up.at)} to ${formatMoment(down?.at ?? end)}`;
}
