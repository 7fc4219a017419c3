// The frame of a plot: axes, grid and names. Widths are per cent of the page and heights are pixels, so that lines and text
// stay crisp and legible from a phone to a wall.
import { type Markup, markup } from './markup.ts';
import type { Tick } from './ticks.ts';

export interface Plot {
  /** What it shows, for those who cannot see it. */
  readonly label: string;
  readonly xName: string;
  readonly yName: string;
  readonly xTicks: readonly Tick[];
  readonly yTicks: readonly Tick[];
  /** SVG over the plotting area: x in per cent, y in pixels from 0 to `PLOT_HEIGHT`. */
  readonly marks: Markup;
}

/** Pixels from the lowest to the highest mark of the vertical axis. */
export const PLOT_HEIGHT = 200;

const TOP = 18;
const BOTTOM = 44;
const HEIGHT = TOP + PLOT_HEIGHT + BOTTOM;

export function plotFrame({ label, xName, yName, xTicks, yTicks, marks }: Plot): Markup {
  const y = (at: number): number => TOP + (1 - at) * PLOT_HEIGHT;
  return markup`<div class="plot">
<svg class="gutter" width="44" height="${HEIGHT}" aria-hidden="true">
${yTicks.map((tick) => markup`<text x="38" y="${y(tick.at) + 4}" text-anchor="end">${tick.label}</text>`)}</svg>
<svg class="area" width="100%" height="${HEIGHT}" role="img" aria-label="${label}">
<text class="name" x="0" y="10">${yName}</text>
${yTicks.map((tick) => markup`<line class="grid" x1="0" x2="100%" y1="${y(tick.at)}" y2="${y(tick.at)}"/>`)}
<svg y="${TOP}" width="100%" height="${PLOT_HEIGHT}" overflow="visible">${marks}</svg>
<line class="base" x1="0" x2="100%" y1="${y(0)}" y2="${y(0)}"/>
${xTicks.map((tick) => xTick(tick))}
<text class="name" x="100%" y="${HEIGHT - 4}" text-anchor="end">${xName}</text></svg></div>`;
}

function xTick({ at, label }: Tick): Markup {
  const x = `${percent(at)}%`;
  const anchor = at < 0.03 ? 'start' : at > 0.97 ? 'end' : 'middle';
  return markup`<line class="base" x1="${x}" x2="${x}" y1="${TOP + PLOT_HEIGHT}" y2="${TOP + PLOT_HEIGHT + 4}"/>
<text x="${x}" y="${TOP + PLOT_HEIGHT + 18}" text-anchor="${anchor}">${label}</text>`;
}

/** A share as per cent with at most two decimals. */
export function percent(share: number): number {
  return Math.round(share * 1e4) / 100;
}
