import { type FileHandle, open } from 'node:fs/promises';
import type { Arena } from '../../memory/arena.ts';
import type { Slab } from '../../memory/slab.ts';
import { MediaError } from '../media-error.ts';
import { inputFault } from './input-fault.ts';

/** Bytes that one read asks for at most: the system takes no more than 2 GiB at once. */
const READ_BYTES = 2 ** 30;

export interface FileInSlab {
  /** Holds the file from its first byte on; the caller owns it. */
  readonly slab: Slab;
  readonly bytes: number;
}

/**
 * Reads a whole file to where it can be worked on, without a copy in between. What is added while it is read does not count.
 *
 * @throws MediaError `media/not-found`, `media/not-a-file`, `media/permission-denied`, `media/unreadable`, `media/empty`, and
 * `media/truncated` for one that gets shorter while it is read; MemoryError `memory/arena-full`.
 */
export async function fileIntoSlab(arena: Arena, path: string): Promise<FileInSlab> {
  let handle: FileHandle | undefined;
  let slab: Slab | undefined;
  try {
    handle = await open(path, 'r');
    const stat = await handle.stat();
    if (!stat.isFile()) throw new MediaError('media/not-a-file', `Cannot read ${path}: it is no regular file`);
    if (stat.size === 0) throw new MediaError('media/empty', `Cannot read ${path}: the file is empty`);
    slab = arena.allocate(stat.size);
    await fillFrom(handle, path, arena.bytes(slab.offset, stat.size), 0);
    return { slab, bytes: stat.size };
  } catch (error) {
    slab?.release();
    // Room in the arena is no matter of the file.
    if (slab === undefined && (error as Error).name === 'MemoryError') throw error;
    throw inputFault(path, error);
  } finally {
    await handle?.close();
  }
}

/** Reads as many bytes of a file as there is room for. @throws MediaError `media/truncated` where it ends before. */
export async function fillFrom(handle: FileHandle, path: string, room: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < room.length; ) {
    const { bytesRead } = await handle.read(room, at, Math.min(room.length - at, READ_BYTES), position + at);
    if (bytesRead === 0) {
      const text = `Cannot read ${path}: it ends after ${position + at} bytes, and ${position + room.length} are wanted`;
      throw new MediaError('media/truncated', text);
    }
    at += bytesRead;
  }
}
