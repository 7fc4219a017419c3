// What a .zip file holds: the names in its directory, at its end, and where the bytes of each lie.
//
// Method: PKWARE's APPNOTE.TXT 6.3.10, 4.3.16 (end of the directory), 4.3.14 (its 64 bits) and 4.3.12 (an entry).
import type { FileHandle } from 'node:fs/promises';
import { fillFrom } from '../files/file-into-slab.ts';
import { MediaError } from '../media-error.ts';

export interface ZipEntry {
  readonly name: string;
  readonly isDeflated: boolean;
  /** Bytes in the file. */
  readonly stored: number;
  /** Bytes that they stand for. */
  readonly bytes: number;
  readonly crc: number;
  /** Where its own head is in the file. */
  readonly headAt: number;
}

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const LOCATOR_BYTES = 20;
/** A directory longer than this is none that an array of arrays has. */
const MOST_DIRECTORY = 2 ** 23;
const FULL_16 = 0xffff;
const FULL_32 = 0xffffffff;

/** @throws MediaError `media/not-media`, `media/truncated`, `media/corrupt`. */
export async function readZipEntries(handle: FileHandle, path: string, size: number): Promise<readonly ZipEntry[]> {
  const read = async (at: number, length: number): Promise<Buffer> => {
    if (!(at >= 0 && at + length <= size)) throw damaged(path, 'its directory points out of it');
    const bytes = Buffer.alloc(length);
    await fillFrom(handle, path, bytes, at);
    return bytes;
  };
  const tailAt = Math.max(0, size - END_BYTES - FULL_16 - LOCATOR_BYTES);
  const tail = await read(tailAt, size - tailAt);
  let end = tail.length - END_BYTES;
  while (end >= 0 && tail.readUInt32LE(end) !== END) end--;
  if (end < 0) {
    // What begins as a .zip file and has no end has been cut.
    const begins = size >= 4 && (await read(0, 4)).readUInt32LE(0) === LOCAL;
    if (begins) throw new MediaError('media/truncated', `Cannot read ${path}: it breaks off before the directory at its end`);
    throw new MediaError('media/not-media', `Cannot read ${path}: it is no .zip file, as .npz files are`);
  }
  let [length, at] = [tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
  const locator = end - LOCATOR_BYTES;
  if (locator >= 0 && tail.readUInt32LE(locator) === LOCATOR_64) {
    const wide = await read(Number(tail.readBigUInt64LE(locator + 8)), 56);
    if (wide.readUInt32LE(0) !== END_64) throw damaged(path, 'its directory of 64 bits is not where it is said to be');
    [length, at] = [Number(wide.readBigUInt64LE(40)), Number(wide.readBigUInt64LE(48))];
  }
  if (length > MOST_DIRECTORY) throw damaged(path, `its directory is said to take ${length} bytes`);
  return entriesIn(path, await read(at, length));
}

/** Where the bytes of an entry begin. @throws MediaError `media/corrupt`. */
export async function startOfEntry(handle: FileHandle, path: string, { headAt }: ZipEntry): Promise<number> {
  const head = Buffer.alloc(30);
  await fillFrom(handle, path, head, headAt);
  if (head.readUInt32LE(0) !== LOCAL) throw damaged(path, 'an array is not where its directory says');
  return headAt + 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
}

function entriesIn(path: string, directory: Buffer): ZipEntry[] {
  const entries: ZipEntry[] = [];
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === ENTRY; ) {
    const [flags, method] = [directory.readUInt16LE(at + 8), directory.readUInt16LE(at + 10)];
    const [nameBytes, extraBytes, noteBytes] = [28, 30, 32].map((field) => directory.readUInt16LE(at + field)) as [number, number, number];
    const next = at + 46 + nameBytes + extraBytes + noteBytes;
    if (next > directory.length) throw damaged(path, 'its directory breaks off');
    const name = directory.toString('utf8', at + 46, at + 46 + nameBytes);
    if ((flags & 1) !== 0) throw damaged(path, `${name} is encrypted`);
    if (method !== 0 && method !== 8) throw damaged(path, `${name} is compressed by the method ${method}; stored and deflated are known`);
    const extra = directory.subarray(at + 46 + nameBytes, at + 46 + nameBytes + extraBytes);
    const [bytes, stored, headAt] = wideValues(
      [24, 20, 42].map((field) => directory.readUInt32LE(at + field)),
      extra,
    ) as [number, number, number];
    entries.push({ name, isDeflated: method === 8, stored, bytes, headAt, crc: directory.readUInt32LE(at + 16) });
    at = next;
  }
  return entries;
}

/** Those of the values that do not fit into 32 bits stand in the extra field 1, in this order. */
function wideValues(values: readonly number[], extra: Buffer): number[] {
  for (let at = 0; at + 4 <= extra.length; ) {
    const [id, length] = [extra.readUInt16LE(at), extra.readUInt16LE(at + 2)];
    const field = extra.subarray(at + 4, at + 4 + length);
    at += 4 + length;
    if (id !== 1) continue;
    let next = 0;
    return values.map((value) => {
      if (value !== FULL_32 || next + 8 > field.length) return value;
      next += 8;
      return Number(field.readBigUInt64LE(next - 8));
    });
  }
  return [...values];
}

function damaged(path: string, what: string): MediaError {
  return new MediaError('media/corrupt', `Cannot read ${path}: ${what}`);
}
