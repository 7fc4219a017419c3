// Reads a file of points into the arena: dense rows of float32, one slab, as kernels want them.
import type { Arena } from '../../memory/arena.ts';
import { kernelExports } from '../../memory/kernels.ts';
import { BIG_ENDIAN, NUMBER_KINDS, type PointKernels } from '../../memory/point-kernels.ts';
import type { Slab } from '../../memory/slab.ts';
import { fileIntoSlab } from '../files/file-into-slab.ts';
import { MediaError } from '../media-error.ts';
import { type HeadlessFile, pointTableOf } from './point-file.ts';
import { bytesOfKind, type PointField, type PointTable } from './point-table.ts';

/** The two sizes before what is compressed, 32 bits each. */
const SIZES_BYTES = 8;
/** How many bytes LibLZF has one stand for at most: 264 for three. */
const MOST_EXPANSION = 88;

export interface PointWish extends HeadlessFile {
  /** Which fields, in which order. Default: {@link fieldsOf}. */
  readonly fields?: readonly string[] | undefined;
  /** Leaves points out of whose x, y and z one is NaN or infinite. */
  readonly finiteOnly: boolean;
}

export interface PointCloud {
  /** Rows of float32, one right behind the other; the caller owns the slab. */
  readonly slab: Slab;
  readonly fields: readonly string[];
  readonly count: number;
  readonly bytes: number;
  /** Points that were left out since they are nowhere. */
  readonly left: number;
}

/**
 * The fields that are given of a file: those wished for, else x, y, z and, where it has it, intensity.
 *
 * @throws MediaError `media/no-field`.
 */
export function fieldsOf(path: string, { fields }: PointTable, wished: readonly string[] | undefined): readonly string[] {
  const has = (name: string): boolean => fields.some((field) => field.name === name);
  const names = wished ?? ['x', 'y', 'z', ...(has('intensity') ? ['intensity'] : [])];
  const missing = names.filter((name) => !has(name));
  if (missing.length === 0) return names;
  const known = fields.map(({ name }) => name).filter((name) => name !== '_');
  throw new MediaError('media/no-field', `Cannot give ${missing.join(', ')} of the points in ${path}: it has ${known.join(', ')}`);
}

/**
 * @throws MediaError `media/not-media`, `media/corrupt`, `media/truncated`, `media/no-field`, and for what cannot be read;
 * MemoryError `memory/arena-full`.
 */
export async function readPointCloud(arena: Arena, path: string, wish: PointWish): Promise<PointCloud> {
  const { slab: file, bytes } = await fileIntoSlab(arena, path);
  let slab: Slab | undefined;
  try {
    const table = pointTableOf(path, arena.bytes(file.offset, bytes), bytes, wish);
    const fields = fieldsOf(path, table, wish.fields);
    const rowBytes = fields.length * 4;
    if (table.order === 'compressed') checkCompressed(arena, path, { file, bytes, table });
    else if (table.start + leastBytes(table) > bytes) throw cut(path, table, bytes);
    // What lies there already as it is wanted stays where it is.
    if (isPlain(table, fields)) slab = file;
    else {
      slab = arena.allocate(table.count * rowBytes);
      bring(arena, path, { file, bytes, table, fields }, slab);
    }
    const { keepFinite } = kernelExports<PointKernels>(arena);
    const places = fields.slice(0, 3).join() === 'x,y,z' ? 3 : 0;
    const count = wish.finiteOnly && places > 0 ? keepFinite(slab.offset, table.count, fields.length, places) : table.count;
    const result = { slab, fields, count, bytes: count * rowBytes, left: table.count - count };
    if (slab !== file) file.release();
    return result;
  } catch (error) {
    if (slab !== undefined && slab !== file) slab.release();
    file.release();
    throw error;
  }
}

interface Loaded {
  readonly file: Slab;
  readonly bytes: number;
  readonly table: PointTable;
  readonly fields: readonly string[];
}

function bring(arena: Arena, path: string, loaded: Loaded, target: Slab): void {
  const { file, table, fields } = loaded;
  if (table.order === 'lines') readLines(arena, path, loaded, target);
  else if (table.order === 'compressed') {
    const columns = expand(arena, path, loaded);
    try {
      gather(arena, { ...table, order: 'columns' }, fields, columns.offset, target.offset);
    } finally {
      columns.release();
    }
  } else gather(arena, table, fields, file.offset + table.start, target.offset);
}

function gather(arena: Arena, table: PointTable, fields: readonly string[], source: number, target: number): void {
  const { gatherFloats } = kernelExports<PointKernels>(arena);
  const plan = fields.flatMap((name) => {
    const { kind, offset } = fieldOf(table, name);
    const size = bytesOfKind(kind);
    const [from, step] = table.order === 'columns' ? [offset * table.count, size] : [offset, table.pointBytes];
    return [from, step, NUMBER_KINDS.indexOf(kind) + (table.isBigEndian && size > 1 ? BIG_ENDIAN : 0)];
  });
  withNumbers(arena, plan, (at) => gatherFloats(source, at, fields.length, table.count, target));
}

function expand(arena: Arena, path: string, { file, table }: Loaded): Slab {
  const { expandLzf } = kernelExports<PointKernels>(arena);
  const [compressed, expanded] = sizesOf(arena, file, table);
  const columns = arena.allocate(expanded);
  if (expandLzf(file.offset + table.start + SIZES_BYTES, compressed, columns.offset, expanded) === expanded) return columns;
  columns.release();
  throw corrupt(path, 'what is compressed in it is damaged');
}

/** What can be told before there is room made for what it expands to, which may be no more than what is there can stand for. */
function checkCompressed(arena: Arena, path: string, { file, bytes, table }: Omit<Loaded, 'fields'>): void {
  if (table.start + SIZES_BYTES > bytes) throw cut(path, table, bytes);
  const [compressed, expanded] = sizesOf(arena, file, table);
  const wanted = table.count * table.pointBytes;
  if (expanded !== wanted) throw corrupt(path, `its head promises ${wanted} bytes of points, and they expand to ${expanded}`);
  if (table.start + SIZES_BYTES + compressed > bytes) throw cut(path, table, bytes);
  if (expanded > compressed * MOST_EXPANSION) throw corrupt(path, `${compressed} bytes cannot stand for ${expanded}`);
}

function sizesOf(arena: Arena, file: Slab, { start }: PointTable): [compressed: number, expanded: number] {
  const sizes = new DataView(arena.memory.buffer, file.offset + start, SIZES_BYTES);
  return [sizes.getUint32(0, true), sizes.getUint32(4, true)];
}

function readLines(arena: Arena, path: string, { file, bytes, table, fields }: Loaded, target: Slab): void {
  const { readNumbers } = kernelExports<PointKernels>(arena);
  const plan = table.fields.map(({ name }) => fields.indexOf(name));
  withNumbers(arena, [0, ...plan], (at) => {
    const source = file.offset + table.start;
    const rows = readNumbers(source, bytes - table.start, plan.length, at + 4, fields.length, table.count, target.offset, at);
    if (rows === table.count) return;
    const stop = arena.view('int32', at, 1)[0]!;
    const rest = Buffer.from(arena.bytes(source + stop, Math.min(40, bytes - table.start - stop))).toString('latin1');
    if (rest.trim() === '')
      throw new MediaError('media/truncated', `Cannot read ${path}: it breaks off after ${rows} of ${table.count} points`);
    const found = JSON.stringify(/^[^\s]*/.exec(rest)![0]);
    throw corrupt(path, `${plan.length} numbers a line are expected, found ${found} at point ${rows + 1}`);
  });
}

function withNumbers(arena: Arena, numbers: readonly number[], work: (at: number) => void): void {
  const slab = arena.allocate(numbers.length * 4);
  try {
    arena.view('int32', slab.offset, numbers.length).set(numbers);
    work(slab.offset);
  } finally {
    slab.release();
  }
}

/** Whether a file is nothing but the rows that are wanted. */
function isPlain({ order, start, pointBytes, isBigEndian, fields: all }: PointTable, fields: readonly string[]): boolean {
  if (order !== 'records' || start !== 0 || isBigEndian || pointBytes !== fields.length * 4) return false;
  return all.every(({ kind, name }, i) => kind === 'float32' && name === fields[i]);
}

/** How many bytes the points take at least: two for a number and what parts it from the next, where they are text. */
function leastBytes({ order, count, fields, pointBytes }: PointTable): number {
  return order === 'lines' ? Math.max(0, count * fields.length * 2 - 1) : count * pointBytes;
}

function fieldOf({ fields }: PointTable, name: string): PointField {
  return fields.find((field) => field.name === name)!;
}

function cut(path: string, { start, count }: PointTable, bytes: number): MediaError {
  return new MediaError('media/truncated', `Cannot read ${path}: it breaks off, ${bytes - start} bytes do not hold its ${count} points`);
}

function corrupt(path: string, what: string): MediaError {
  return new MediaError('media/corrupt', `Cannot read ${path}: ${what}`);
}
