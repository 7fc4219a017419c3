// What goes wrong with files that are written, in words: the one answer for all sinks.
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { MediaError } from '../media-error.ts';

const REASONS: Readonly<Record<string, readonly [code: string, reason: string]>> = {
  ENOENT: ['media/folder-missing', 'its folder does not exist'],
  ENOTDIR: ['media/folder-missing', 'part of its path is a file, not a folder'],
  EISDIR: ['media/is-folder', 'it is a folder'],
  EACCES: ['media/permission-denied', 'the program may not write there'],
  EPERM: ['media/permission-denied', 'the program may not write there'],
  EROFS: ['media/permission-denied', 'its file system is read-only'],
  ENOSPC: ['media/disk-full', 'there is no space left'],
  EDQUOT: ['media/disk-full', 'the quota is used up'],
  EFBIG: ['media/disk-full', 'it is larger than its file system or its limit allows'],
  EPIPE: ['media/reader-gone', 'whoever read it is gone'],
  EMFILE: ['media/too-many-files', 'the program has too many files open'],
};

/** What a failed write, open or sync of `path` comes to. */
export function outputError(path: string, error: unknown): MediaError {
  if (error instanceof MediaError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const [ours, reason] = REASONS[code ?? ''] ?? ['media/write-failed', message];
  return new MediaError(ours, `Cannot write ${path}: ${reason}`, { cause: error });
}

/** Makes the folder that a file is to stand in, and those above it. @throws MediaError */
export function makeFolderOf(path: string): void {
  try {
    makeFolder(dirname(path));
  } catch (error) {
    throw outputError(path, error);
  }
}

/** Makes a folder and those above it. Node's own recursive mkdir never ends where nothing can be made in a folder, as in /proc. */
export function makeFolder(path: string): void {
  if (existsSync(path)) {
    if (!statSync(path).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
    return;
  }
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
