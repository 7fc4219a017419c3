// What a field of caps may be: one value, a range, alternatives in order of preference, or a tuple of such values.
//
// A tuple (an array, such as a tensor's shape) fits another of the same length, element by element. A field that is absent
// may be anything.

export type CapsScalar = string | number | boolean;

/** Numbers from `min` to `max`, both included, in steps from `min` where `step`, a whole number, is given. */
export interface CapsRange {
  readonly min: number;
  readonly max: number;
  readonly step?: number;
}

/** Alternatives, the preferred first. */
export interface CapsChoice {
  readonly anyOf: readonly CapsValue[];
}

export type CapsValue = CapsScalar | CapsRange | CapsChoice | readonly CapsValue[];

export const isTuple = (value: CapsValue): value is readonly CapsValue[] => Array.isArray(value);
export const isChoice = (value: CapsValue): value is CapsChoice => typeof value === 'object' && 'anyOf' in value;
export const isRange = (value: CapsValue): value is CapsRange => typeof value === 'object' && 'min' in value;

/** What two values have in common, in the first one's order of preference; undefined when nothing. */
export function intersectValues(a: CapsValue, b: CapsValue): CapsValue | undefined {
  if (isChoice(a)) return choice(a.anyOf.map((option) => intersectValues(option, b)));
  if (isChoice(b)) return choice(b.anyOf.map((option) => intersectValues(a, option)));
  if (isTuple(a) || isTuple(b)) return isTuple(a) && isTuple(b) ? intersectTuples(a, b) : undefined;
  if (isRange(a) && isRange(b)) return intersectRanges(a, b);
  if (isRange(a)) return intersectValues(b, a);
  if (isRange(b)) return typeof a === 'number' && inRange(a, b) ? a : undefined;
  return a === b ? a : undefined;
}

/** Texts that cannot be taken for anything else; the others are shown in quotes. */
const PLAIN = /^(?![-+.]?\d)[^\s,(){}[\]="×]+$/;

/** Whether a value leaves nothing open. */
export function isFixedValue(value: CapsValue): boolean {
  return isTuple(value) ? value.every(isFixedValue) : typeof value !== 'object';
}

/** The value that a range or a choice settles on: the preferred alternative, the smallest number. */
export function fixateValue(value: CapsValue): CapsValue {
  if (isTuple(value)) return value.map(fixateValue);
  if (isChoice(value)) return fixateValue(value.anyOf[0]!);
  return isRange(value) ? value.min : value;
}

/** As written in messages: `RGB`, `1..4096`, `{RGB, BGR}`, `1×3×320×320`, `[1000]` for a tuple of one. */
export function formatValue(value: CapsValue): string {
  if (isTuple(value)) {
    const items = value.map((item) => (isTuple(item) && item.length > 1 ? `[${formatValue(item)}]` : formatValue(item)));
    return items.length > 1 ? items.join('×') : `[${items.join('')}]`;
  }
  if (typeof value === 'string') return PLAIN.test(value) && value !== 'true' && value !== 'false' ? value : JSON.stringify(value);
  if (isChoice(value)) return `{${value.anyOf.map(formatValue).join(', ')}}`;
  if (!isRange(value)) return String(value);
  return `${value.min}..${value.max === Number.MAX_SAFE_INTEGER ? '' : value.max}${value.step === undefined ? '' : ` step ${value.step}`}`;
}

function choice(options: readonly (CapsValue | undefined)[]): CapsValue | undefined {
  const left: CapsValue[] = [];
  for (const option of options) {
    if (option === undefined) continue;
    for (const single of isChoice(option) ? option.anyOf : [option]) {
      if (!left.some((other) => sameValue(other, single))) left.push(single);
    }
  }
  return left.length > 1 ? { anyOf: left } : left[0];
}

function intersectTuples(a: readonly CapsValue[], b: readonly CapsValue[]): CapsValue | undefined {
  if (a.length !== b.length) return undefined;
  const result: CapsValue[] = [];
  for (const [index, value] of a.entries()) {
    const common = intersectValues(value, b[index]!);
    if (common === undefined) return undefined;
    result.push(common);
  }
  return result;
}

function intersectRanges(a: CapsRange, b: CapsRange): CapsValue | undefined {
  const min = Math.max(a.min, b.min);
  const max = Math.min(a.max, b.max);
  if (a.step === undefined && b.step === undefined) return range(min, max);
  // From the first number of one grid on, the first that lies on the other too; beyond their product there is none.
  const [grid, other] = a.step === undefined ? [b, a] : [a, b];
  const stride = grid.step!;
  const step = other.step === undefined ? stride : leastCommonMultiple(stride, other.step);
  const start = grid.min + Math.ceil((min - grid.min) / stride) * stride;
  for (let first = start; first <= max && first < start + step; first += stride) {
    if (inRange(first, other)) return range(first, first + Math.floor((max - first) / step) * step, step);
  }
  return undefined;
}

function range(min: number, max: number, step?: number): CapsValue | undefined {
  if (min > max) return undefined;
  return min === max ? min : { min, max, ...(step === undefined ? {} : { step }) };
}

function inRange(value: number, { min, max, step }: CapsRange): boolean {
  return value >= min && value <= max && (step === undefined || (value - min) % step === 0);
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return (a / x) * b;
}

/** Whether two values are written alike. */
export function sameValue(a: CapsValue, b: CapsValue): boolean {
  if (isTuple(a) && isTuple(b)) return a.length === b.length && a.every((value, index) => sameValue(value, b[index]!));
  if (isChoice(a) && isChoice(b)) return sameValue(a.anyOf, b.anyOf);
  if (isRange(a) && isRange(b)) return a.min === b.min && a.max === b.max && a.step === b.step;
  return a === b;
}
