// Numbers as a report shows them: three digits that count, and a unit.
import type { Microseconds } from '../core/time/time.ts';

/** A span of time: `0 µs`, `850 µs`, `12.3 ms`, `4.56 s`, `3 min 20 s`. */
export function formatSpan(span: Microseconds): string {
  if (span < 999.5) return `${Math.round(span)} µs`;
  if (span < 999_500) return `${threeDigits(span / 1000)} ms`;
  if (span < 99.95e6) return `${threeDigits(span / 1e6)} s`;
  const minutes = Math.floor(span / 60e6);
  if (minutes < 60) return `${minutes} min ${Math.floor((span % 60e6) / 1e6)} s`;
  return `${formatCount(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}

/** Milliseconds without a unit, for tables that name it once: `0.012`, `1.23`, `456`. */
export function formatMilliseconds(span: Microseconds): string {
  const value = span / 1000;
  return value === 0 ? '0' : value < 1 ? value.toFixed(value < 0.1 ? 3 : 2) : threeDigits(value);
}

/** A whole number with narrow gaps between thousands. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+(?!\d))/g, ' ');
}

/** Up to three digits that count. */
export function threeDigits(value: number): string {
  if (value === 0) return '0';
  const digits = Math.floor(Math.log10(Math.abs(value)) + 1e-9);
  return value >= 999.5 ? formatCount(value) : value.toFixed(Math.max(0, 2 - digits));
}

/** A moment of the stream as a clock shows it: `0:07.5`, `12:30.0`, `1:02:03.0`. */
export function formatMoment(pts: Microseconds): string {
  const tenths = Math.round(pts / 1e5);
  const seconds = `${Math.floor((tenths % 600) / 10)}`.padStart(2, '0');
  const minutes = Math.floor(tenths / 600);
  const rest = `${seconds}.${tenths % 10}`;
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${`${minutes % 60}`.padStart(2, '0')}:${rest}`;
}
