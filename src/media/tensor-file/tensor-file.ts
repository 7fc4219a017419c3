// An array in a .npy or .npz file, read in pieces along its first axis or as a whole, straight to where it is wanted.
//
// What stands in the file as it is read from there, piece by piece, so that a file may be larger than the memory. What is deflated is
// inflated as a whole and checked against its sum. Arrays in the order of Fortran, and numbers whose highest byte comes first, are
// brought to the usual order.
import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import type { Arena } from '../../memory/arena.ts';
import { bytesOfDtype, type Dtype } from '../../memory/dtype.ts';
import { kernelsFor } from '../../memory/kernels.ts';
import type { Slab } from '../../memory/slab.ts';
import { fillFrom } from '../files/file-into-slab.ts';
import { inputFault } from '../files/input-fault.ts';
import { MediaError } from '../media-error.ts';
import { NPY_HEAD_BYTES, type NpyHead, readNpyHead } from './npy-head.ts';
import { readZipEntries, startOfEntry, type ZipEntry } from './zip-entries.ts';

/** Endings of files that count in a folder. */
export const TENSOR_ENDINGS = ['.npy', '.npz'] as const;

/** What zlib gives at most in one piece. */
export const MOST_INFLATED = 2 ** 31 - 1;
/** An archive may promise much, and takes that much memory for each array that is read. */
export const DEFAULT_INFLATED = 2 ** 29;

const inflate = promisify(inflateRaw) as (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>;

/** Copies bytes of the array, from its first element on. */
type ReadBytes = (room: Uint8Array, from: number) => void | Promise<void>;

export interface TensorFile {
  readonly dtype: Dtype;
  /** Of the whole array; a single number has the shape [1]. */
  readonly shape: readonly number[];
  /**
   * Piece `index` of its first axis, or all of it; one call at a time. The caller owns the slab.
   *
   * @throws MediaError `media/truncated`, `media/unreadable`; MemoryError `memory/arena-full`.
   */
  read(index: number | 'whole'): Promise<Slab>;
  close(): Promise<void>;
}

/**
 * @param array Which array of a .npz file. Default: the only one.
 * @param maxInflatedBytes What a deflated array may take.
 * @throws MediaError `media/not-media`, `media/corrupt`, `media/truncated`, `media/unsupported-dtype`, `media/no-array`,
 * `media/too-large`, and for what cannot be read.
 */
export async function openTensorFile(arena: Arena, path: string, array?: string, maxInflatedBytes = DEFAULT_INFLATED): Promise<TensorFile> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    const stat = await handle.stat();
    if (!stat.isFile()) throw new MediaError('media/not-a-file', `Cannot read ${path}: it is no regular file`);
    if (stat.size === 0) throw new MediaError('media/empty', `Cannot read ${path}: the file is empty`);
    const magic = Buffer.alloc(2);
    await handle.read(magic, 0, 2, 0);
    if (magic.toString('latin1') === 'PK') return await openArchive(arena, handle, path, stat.size, array, maxInflatedBytes);
    return await openStored(arena, handle, { path, what: path, at: 0, bytes: stat.size });
  } catch (error) {
    await handle?.close();
    throw inputFault(path, error);
  }
}

async function openArchive(
  arena: Arena,
  handle: FileHandle,
  path: string,
  size: number,
  array: string | undefined,
  maxInflatedBytes: number,
): Promise<TensorFile> {
  const entry = chosen(await readZipEntries(handle, path, size), path, array);
  const at = await startOfEntry(handle, path, entry);
  const what = `${entry.name} in ${path}`;
  const inFile = entry.isDeflated ? entry.stored : entry.bytes;
  if (!(at + inFile <= size)) throw new MediaError('media/truncated', `Cannot read ${what}: the file breaks off`);
  if (!entry.isDeflated) return openStored(arena, handle, { path, what, at, bytes: entry.bytes });
  if (entry.bytes > maxInflatedBytes) {
    throw new MediaError(
      'media/too-large',
      `Cannot read ${what}: it would inflate to ${entry.bytes} bytes, and ${maxInflatedBytes} are allowed; raise maxInflatedBytes, or save it with numpy.savez, which does not compress`,
    );
  }
  const packed = Buffer.alloc(entry.stored);
  await fillFrom(handle, path, packed, at);
  const bytes = await inflate(packed, { maxOutputLength: Math.max(1, entry.bytes) }).catch((error: Error) => {
    throw new MediaError('media/corrupt', `Cannot read ${what}: ${error.message}`, { cause: error });
  });
  if (bytes.length !== entry.bytes || crc32(bytes) !== entry.crc) {
    throw new MediaError('media/corrupt', `Cannot read ${what}: what it inflates to is not what it is said to be`);
  }
  const head = readNpyHead(what, bytes.subarray(0, NPY_HEAD_BYTES));
  const body = bytes.subarray(head.start);
  checkLength(what, head, body.length);
  await handle.close();
  return tensorFile(arena, head, (room, from) => room.set(body.subarray(from, from + room.length)), undefined);
}

interface StoredArray {
  readonly path: string;
  readonly what: string;
  /** Where in the file it begins, with its head. */
  readonly at: number;
  readonly bytes: number;
}

async function openStored(arena: Arena, handle: FileHandle, { path, what, at, bytes }: StoredArray): Promise<TensorFile> {
  const first = Buffer.alloc(Math.min(bytes, NPY_HEAD_BYTES));
  await fillFrom(handle, path, first, at);
  const head = readNpyHead(what, first);
  checkLength(what, head, bytes - head.start);
  return tensorFile(arena, head, (room, from) => fillFrom(handle, path, room, at + head.start + from), handle);
}

function tensorFile(arena: Arena, head: NpyHead, readBytes: ReadBytes, handle: FileHandle | undefined): TensorFile {
  const { dtype, isBigEndian } = head;
  const shape = head.shape.length === 0 ? [1] : head.shape;
  const size = bytesOfDtype(dtype);
  const pieceBytes = shape.slice(1).reduce((product, one) => product * one, size);
  // What holds nothing is in order, however long its other axes are said to be.
  const isFortran = head.isFortran && shape.length > 1 && !shape.includes(0);
  let whole: Slab | undefined;

  const load = async (from: number, bytes: number): Promise<Slab> => {
    const slab = arena.allocate(bytes);
    try {
      const room = arena.bytes(slab.offset, bytes);
      await readBytes(room, from);
      if (isBigEndian) swap(room, size);
      return slab;
    } catch (error) {
      slab.release();
      throw error;
    }
  };
  return {
    dtype,
    shape,
    read: async (index) => {
      if (!isFortran) return index === 'whole' ? load(0, pieceBytes * shape[0]!) : load(index * pieceBytes, pieceBytes);
      whole ??= await load(0, pieceBytes * shape[0]!);
      return turned(arena, whole, shape, size, index);
    },
    close: async () => {
      whole?.release();
      whole = undefined;
      await handle?.close();
    },
  };
}

/** A piece of an array in the order of Fortran, or all of it, in the usual order. */
function turned(arena: Arena, source: Slab, shape: readonly number[], size: number, index: number | 'whole'): Slab {
  const { copyRuns } = kernelsFor(arena);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, one) => product * one, size));
  const isWhole = index === 'whole';
  const axes = shape.map((_, axis) => axis).slice(isWhole ? 0 : 1);
  const last = axes.at(-1)!;
  const target = arena.allocate(axes.reduce((product, axis) => product * shape[axis]!, size));
  let to = target.offset;
  const walk = (depth: number, from: number): void => {
    const axis = axes[depth]!;
    if (axis === last) {
      copyRuns(from, strides[axis]!, to, size, size, shape[axis]!);
      to += shape[axis]! * size;
      return;
    }
    for (let i = 0; i < shape[axis]!; i++) walk(depth + 1, from + i * strides[axis]!);
  };
  walk(0, source.offset + (isWhole ? 0 : index * strides[0]!));
  return target;
}

function swap(bytes: Uint8Array, size: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (size === 2) buffer.swap16();
  else if (size === 4) buffer.swap32();
  else if (size === 8) buffer.swap64();
}

function chosen(entries: readonly ZipEntry[], path: string, array: string | undefined): ZipEntry {
  const arrays = entries.filter(({ name }) => name.endsWith('.npy'));
  const names = arrays.map(({ name }) => name.slice(0, -'.npy'.length));
  const found = array === undefined && arrays.length === 1 ? arrays[0] : arrays[names.indexOf(array ?? '')];
  if (found !== undefined) return found;
  const what = array === undefined ? 'an array out of several' : `the array ${array}`;
  const those = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}; name one of them with array`;
  throw new MediaError('media/no-array', `Cannot take ${what} from ${path}: ${those}`);
}

function checkLength(what: string, { shape, dtype }: NpyHead, bytes: number): void {
  const wanted = shape.reduce((product, size) => product * size, bytesOfDtype(dtype));
  if (bytes >= wanted) return;
  throw new MediaError('media/truncated', `Cannot read ${what}: it breaks off; its array takes ${wanted} bytes, found ${bytes}`);
}
