// Values as they stand in a recording, and back: plain JSON, but for what the format writes as objects with one member.
import type { Dtype } from '../../memory/dtype.ts';
import { bytesOfDtype } from '../../memory/dtype.ts';
import { Slab } from '../../memory/slab.ts';
import { MediaError } from '../media-error.ts';

const KINDS = {
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
} as const;

interface View {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly slab: Slab;
  readonly offset: number;
}

/** The part of each slab that a value's tensors lie in: all of it where none does. */
export function extentsOf(value: unknown, slabs: readonly Slab[], bytes: number): { start: number; length: number }[] {
  const views = viewsIn(value);
  return slabs.map((slab) => {
    const own = views.filter((view) => view.slab === slab || view.slab.offset === slab.offset);
    if (own.length === 0) return { start: 0, length: slabs.length === 1 ? Math.min(bytes, slab.bytes) : slab.bytes };
    const start = Math.min(...own.map(({ offset }) => offset));
    return { start, length: Math.max(...own.map(endOf)) - start };
  });
}

/** @throws MediaError `media/not-plain` for what cannot be written down. */
export function encodeValue(value: unknown, slabs: readonly Slab[], starts: readonly number[]): unknown {
  const encode = (one: unknown): unknown => {
    if (typeof one === 'bigint') return { $big: `${one}` };
    if (typeof one === 'number')
      return Number.isFinite(one) && !Object.is(one, -0) ? one : { $number: Object.is(one, -0) ? '-0' : `${one}` };
    if (typeof one === 'function' || typeof one === 'symbol') throw notPlain(typeof one);
    if (typeof one !== 'object' || one === null) return one;
    if (Array.isArray(one)) return one.map(encode);
    if (one instanceof Slab) return { $slab: indexOf(one) };
    if (ArrayBuffer.isView(one)) {
      const kind = one instanceof Buffer ? 'Uint8Array' : one.constructor.name;
      if (!Object.hasOwn(KINDS, kind)) throw notPlain(kind);
      return { $bytes: [kind, Buffer.from(one.buffer, one.byteOffset, one.byteLength).toString('base64')] };
    }
    const prototype = Object.getPrototypeOf(one);
    if (prototype !== Object.prototype && prototype !== null) throw notPlain(prototype.constructor?.name ?? 'an object');
    if (isView(one)) {
      const index = indexOf(one.slab);
      return { $view: [index, one.offset - starts[index]!, one.dtype, one.shape] };
    }
    return Object.fromEntries(Object.entries(one).map(([name, member]) => [name, encode(member)]));
  };
  const indexOf = (slab: Slab): number => {
    const index = slabs.findIndex(({ offset }) => offset === slab.offset);
    if (index === -1) throw notPlain('a slab that is not among those of its buffer');
    return index;
  };
  return encode(value);
}

export function decodeValue(value: unknown, slabs: readonly Slab[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => decodeValue(one, slabs));
  const members = Object.entries(value);
  const [only, own] = members.length === 1 ? members[0]! : [];
  if (only === '$big') return BigInt(own as string);
  if (only === '$number') return Number(own);
  if (only === '$slab') return slabs[own as number];
  if (only === '$bytes') {
    const [kind, text] = own as [keyof typeof KINDS, string];
    const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
    return new KINDS[kind](bytes.buffer);
  }
  if (only === '$view') {
    const [slab, offset, dtype, shape] = own as [number, number, Dtype, number[]];
    return { dtype, shape, slab: slabs[slab], offset };
  }
  return Object.fromEntries(members.map(([name, member]) => [name, decodeValue(member, slabs)]));
}

function viewsIn(value: unknown): View[] {
  if (typeof value !== 'object' || value === null || value instanceof Slab || ArrayBuffer.isView(value)) return [];
  return isView(value) ? [value] : Object.values(value).flatMap(viewsIn);
}

function isView(value: object): value is View {
  const { dtype, shape, slab, offset } = value as Partial<View>;
  return slab instanceof Slab && typeof offset === 'number' && typeof dtype === 'string' && Array.isArray(shape);
}

function endOf({ dtype, shape, offset }: View): number {
  return offset + shape.reduce((product, size) => product * size, bytesOfDtype(dtype));
}

function notPlain(what: string): MediaError {
  return new MediaError(
    'media/not-plain',
    `Cannot record ${what}: values, meta and caps have to be plain objects, arrays, numbers and texts`,
  );
}
