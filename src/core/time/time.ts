// Time is integer microseconds in a number, everywhere; 2^53 of them last 285 years.

/** A point or a span of time in microseconds. */
export type Microseconds = number;

export const MICROSECONDS_PER_SECOND = 1_000_000;
export const MICROSECONDS_PER_MILLISECOND = 1000;

const UNITS: Record<string, Microseconds> = { us: 1, ms: 1000, s: 1e6, m: 60e6, min: 60e6, h: 3600e6 };

/**
 * Reads a duration such as `10s`, `1.5m` or `250ms`.
 *
 * @throws RangeError for anything else.
 */
export function parseDuration(text: string): Microseconds {
  const match = /^(\d+(?:\.\d+)?)(us|ms|s|min|m|h)$/.exec(text.trim());
  if (match === null) throw new RangeError(`Cannot read the duration "${text}": expected a number and a unit, such as 10s, 250ms or 1.5m`);
  return Math.round(Number(match[1]) * UNITS[match[2]!]!);
}

/** A duration for people: `850 µs`, `12.3 ms`, `4.56 s`, `2 min 5 s`, `3 h 12 min`, `41 d 7 h`. */
export function formatDuration(span: Microseconds): string {
  if (span < 1000) return `${Math.round(span)} µs`;
  if (span < 1e6) return `${(span / 1000).toFixed(span < 1e4 ? 2 : 1)} ms`;
  if (span < 60e6) return `${(span / 1e6).toFixed(2)} s`;
  if (span < 3600e6) return twoUnits(span / 1e6, 60, 'min', 's');
  if (span < 86_400e6) return twoUnits(span / 60e6, 60, 'h', 'min');
  return twoUnits(span / 3600e6, 24, 'd', 'h');
}

function twoUnits(span: number, per: number, large: string, small: string): string {
  const smalls = Math.round(span);
  return `${Math.floor(smalls / per)} ${large} ${smalls % per} ${small}`;
}
