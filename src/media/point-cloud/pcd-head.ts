// The head of a PCD file, version 0.7 and older: lines of text up to that which says how the points follow.
//
// Method: the format's description at pointclouds.org/documentation/tutorials/pcd_file_format.html, and what PCL writes. A field
// of several numbers (COUNT) becomes as many fields, `name_0` and so on; those called `_` fill gaps.
import type { NumberKind } from '../../memory/point-kernels.ts';
import { MediaError } from '../media-error.ts';
import { type PointOrder, type PointTable, packedFields } from './point-table.ts';

const ORDERS: Readonly<Record<string, PointOrder>> = { ascii: 'lines', binary: 'records', binary_compressed: 'compressed' };
const KINDS: Readonly<Record<string, NumberKind>> = {
  F4: 'float32',
  F8: 'float64',
  I1: 'int8',
  I2: 'int16',
  I4: 'int32',
  I8: 'int64',
  U1: 'uint8',
  U2: 'uint16',
  U4: 'uint32',
  U8: 'uint64',
};
/** Numbers of a point that are taken at most. */
const MOST_NUMBERS = 4096;

export function isPcd(head: string): boolean {
  return /^(?:#[^\n]*\n|\s)*(?:VERSION|FIELDS|COLUMNS)\s/.test(head);
}

/** @throws MediaError `media/corrupt`. */
export function readPcdHead(path: string, head: string): PointTable {
  const wrong = (what: string): MediaError => new MediaError('media/corrupt', `Cannot read ${path}: ${what}`);
  const data = /^DATA[ \t]+(\w+)[ \t]*\r?\n/m.exec(head);
  if (data === null) throw wrong('its head has no line DATA');
  const lines = new Map<string, string[]>();
  for (const line of head.slice(0, data.index).split('\n')) {
    const [key, ...values] = line.trim().split(/\s+/);
    if (key !== undefined && key !== '' && !key.startsWith('#')) lines.set(key, values);
  }
  const names = lines.get('FIELDS') ?? lines.get('COLUMNS') ?? [];
  const list = (key: string, fallback?: string): string[] => {
    const values = lines.get(key) ?? (fallback === undefined ? [] : names.map(() => fallback));
    if (values.length === names.length && names.length > 0) return values;
    throw wrong(`FIELDS names ${names.length} fields, and ${key} has ${values.length} values`);
  };
  const whole = (key: string): number | undefined => {
    const text = lines.get(key)?.[0];
    if (text === undefined) return undefined;
    if (/^\d{1,10}$/.test(text)) return Number(text);
    throw wrong(`${key} is to be a whole number, found ${text}`);
  };
  const [sizes, kinds, counts] = [list('SIZE'), list('TYPE'), list('COUNT', '1')];
  const numbers = names.flatMap((name, i): (readonly [string, NumberKind])[] => {
    const [kind, count] = [KINDS[`${kinds[i]}${sizes[i]}`], Number(counts[i])];
    if (kind === undefined) throw wrong(`the field ${name} has the type ${kinds[i]} of ${sizes[i]} bytes, which there is not`);
    if (!(Number.isInteger(count) && count >= 1 && count <= MOST_NUMBERS)) throw wrong(`the field ${name} has the COUNT ${counts[i]}`);
    return Array.from({ length: count }, (_, one) => [count === 1 || name === '_' ? name : `${name}_${one}`, kind] as const);
  });
  if (numbers.length > MOST_NUMBERS) throw wrong(`a point has ${numbers.length} numbers, more than ${MOST_NUMBERS}`);
  const [width, height, points] = [whole('WIDTH'), whole('HEIGHT'), whole('POINTS')];
  const count = points ?? (width === undefined ? undefined : width * (height ?? 1));
  if (count === undefined) throw wrong('its head says neither POINTS nor WIDTH');
  const order = ORDERS[data[1]!];
  if (order === undefined) throw wrong(`DATA is ${data[1]}; expected ascii, binary or binary_compressed`);
  return { ...packedFields(numbers), count, order, start: data.index + data[0].length, isBigEndian: false };
}
