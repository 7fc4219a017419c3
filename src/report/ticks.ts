// Where the marks of an axis stand and what they say.
import type { Microseconds } from '../core/time/time.ts';
import { formatCount } from './format-quantity.ts';

export interface Tick {
  /** From 0, the axis's start, to 1, its end. */
  readonly at: number;
  readonly label: string;
}

const STEPS = [1, 2, 5, 10];

/** The step from one mark to the next: 1, 2 or 5 times a power of ten, so that at most `atMost` fit. */
export function niceStep(range: number, atMost: number): number {
  const power = 10 ** Math.floor(Math.log10(range / atMost));
  return power * STEPS.find((step) => (range / atMost) * (1 - 1e-9) <= step * power)!;
}

/** An axis from 0 to something round that is not less than `largest`. */
export function scaleFromZero(
  largest: number,
  { atMost = 5, whole = false } = {},
): { readonly end: number; readonly ticks: readonly Tick[] } {
  if (!(largest > 0)) return { end: 1, ticks: [{ at: 0, label: '0' }] };
  const step = Math.max(whole ? 1 : 0, niceStep(largest, atMost));
  const count = Math.ceil(largest / step - 1e-9);
  const ticks = Array.from({ length: count + 1 }, (_, index) => ({ at: index / count, label: stepLabel(index * step, step) }));
  return { end: count * step, ticks };
}

/** As many decimals as the step has. */
function stepLabel(value: number, step: number): string {
  return value === 0 || step >= 1 ? formatCount(value) : value.toFixed(Math.ceil(-Math.log10(step) - 1e-9));
}

const CLOCK_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400].map((step) => step * 1e6);

/** Marks at round moments of an axis of stream time. */
export function timeTicks(from: Microseconds, to: Microseconds, atMost = 6): readonly Tick[] {
  const span = to - from;
  const days = 86_400e6;
  const step =
    span / atMost < 1e6
      ? niceStep(span, atMost)
      : (CLOCK_STEPS.find((one) => span / one <= atMost) ?? niceStep(span / days, atMost) * days);
  const ticks: Tick[] = [];
  for (let index = Math.ceil(from / step - 1e-9); index * step <= to + 1; index++) {
    ticks.push({ at: (index * step - from) / span, label: clockLabel(index * step, step) });
  }
  return ticks;
}

function clockLabel(moment: Microseconds, step: Microseconds): string {
  if (step < 1e6) return `${stepLabel(moment / 1e6, step / 1e6)} s`;
  const seconds = Math.round(moment / 1e6);
  if (step < 60e6 && seconds < 120) return `${seconds} s`;
  if (step >= 86_400e6) return `day ${Math.round(seconds / 86_400)}`;
  const two = (value: number): string => `${value}`.padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60)];
  return hours === 0 ? `${minutes}:${two(seconds % 60)}` : `${hours}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** Marks at 1, 2 and 5 times powers of ten of a logarithmic axis. */
export function logTicks(from: number, to: number, label: (value: number) => string): readonly Tick[] {
  const ticks: Tick[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.log10(to); power++) {
    for (const step of [1, 2, 5]) {
      const value = step * 10 ** power;
      if (value >= from && value <= to) ticks.push({ at: Math.log(value / from) / Math.log(to / from), label: label(value) });
    }
  }
  return ticks;
}
