// The head of a PLY file: which elements follow, and the properties of those called `vertex`, which are the points.
//
// Method: Turk 1994, "The PLY Polygon File Format". What stands after the points (faces) is not read; before them there may be only
// elements of a known size.
import type { NumberKind } from '../../memory/point-kernels.ts';
import { MediaError } from '../media-error.ts';
import { type PointTable, packedFields } from './point-table.ts';

const KINDS: Readonly<Record<string, NumberKind>> = {
  char: 'int8',
  uchar: 'uint8',
  short: 'int16',
  ushort: 'uint16',
  int: 'int32',
  uint: 'uint32',
  float: 'float32',
  double: 'float64',
  int8: 'int8',
  uint8: 'uint8',
  int16: 'int16',
  uint16: 'uint16',
  int32: 'int32',
  uint32: 'uint32',
  float32: 'float32',
  float64: 'float64',
};
const FORMATS = ['ascii', 'binary_little_endian', 'binary_big_endian'] as const;

interface PlyElement {
  readonly name: string;
  readonly count: number;
  readonly properties: (readonly [name: string, kind: NumberKind])[];
  hasList: boolean;
}

export function isPly(head: string): boolean {
  return /^ply\r?\n/.test(head);
}

/** @throws MediaError `media/corrupt`. */
export function readPlyHead(path: string, head: string): PointTable {
  const wrong = (what: string): MediaError => new MediaError('media/corrupt', `Cannot read ${path}: ${what}`);
  const end = /^end_header[ \t]*\r?\n/m.exec(head);
  if (end === null) throw wrong('its head has no line end_header');
  const elements: PlyElement[] = [];
  let format: string | undefined;
  for (const line of head.slice(0, end.index).split('\n')) {
    const [key, ...words] = line.trim().split(/\s+/);
    const current = elements.at(-1);
    if (key === 'format') format = words[0];
    else if (key === 'element') {
      const count = /^\d{1,10}$/.test(words[1] ?? '') ? Number(words[1]) : undefined;
      if (count === undefined) throw wrong(`there are to be so many of the element ${words[0]}: ${words[1]}`);
      elements.push({ name: words[0]!, count, properties: [], hasList: false });
    } else if (key === 'property') {
      if (current === undefined) throw wrong('a property stands before any element');
      if (words[0] === 'list') current.hasList = true;
      else {
        const kind = KINDS[words[0] ?? ''];
        if (kind === undefined || words[1] === undefined) throw wrong(`a property has the type ${words[0]}, which there is not`);
        current.properties.push([words[1], kind]);
      }
    }
  }
  if (!FORMATS.some((one) => one === format)) throw wrong(`its format is ${format}; expected one of ${FORMATS.join(', ')}`);
  const place = elements.findIndex(({ name }) => name === 'vertex');
  const vertex = elements[place];
  if (vertex === undefined || vertex.properties.length === 0) throw wrong('it has no element vertex, or one without properties');
  const before = elements.slice(0, place);
  const list = [...before, vertex].find(({ hasList }) => hasList);
  if (list !== undefined) throw wrong(`the element ${list.name} has lists, and stands before the points or is them`);
  if (format === 'ascii' && before.some(({ count }) => count > 0)) throw wrong('other elements stand before its points');
  const skipped = before.reduce((bytes, { count, properties }) => bytes + count * packedFields(properties).pointBytes, 0);
  return {
    ...packedFields(vertex.properties),
    count: vertex.count,
    order: format === 'ascii' ? 'lines' : 'records',
    start: end.index + end[0].length + skipped,
    isBigEndian: format === 'binary_big_endian',
  };
}
