// From a stream's time base to integer microseconds.
import { AV_NOPTS_VALUE } from 'node-av/constants';

interface Rational {
  readonly num: number;
  readonly den: number;
}

/** A time in microseconds, rounded to the nearest; `undefined` for FFmpeg's "no timestamp". */
export function toMicroseconds(time: bigint, base: Rational): number | undefined {
  if (time === AV_NOPTS_VALUE) return undefined;
  const scaled = Number(time) * base.num * 1e6;
  if (Number.isSafeInteger(scaled)) return Math.round(scaled / base.den);
  const numerator = time * BigInt(base.num) * 1_000_000n;
  const den = BigInt(base.den);
  return Number((2n * numerator + den) / (2n * den));
}
