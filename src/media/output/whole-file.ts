// A file that is there as a whole or not at all: it is written under a temporary name beside its own, and takes its own when
// its last byte is durable.
import { closeSync, openSync, rmSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { outputError } from './output-file.ts';
import { listUnfinished, unlistUnfinished } from './unfinished-files.ts';

export interface WholeFile {
  /** Writes all there is to write, and puts the file durably in its place. @throws MediaError */
  write(bytes: Uint8Array | string): Promise<void>;
  /** Removes what has not been put in its place. Safe at any time. */
  abandon(): void;
}

/**
 * Begins a file that will be written much later: the temporary file is made at once, so that a folder that cannot be written to
 * is known early. What stands under the file's own name stays until then.
 *
 * @throws MediaError
 */
export function beginWholeFile(path: string): WholeFile {
  try {
    closeSync(openSync(partOf(path), 'w'));
  } catch (error) {
    throw outputError(path, error);
  }
  listUnfinished(partOf(path));
  let isOpen = true;
  return {
    write: async (bytes) => {
      isOpen = false;
      await writeWholeFile(path, bytes).finally(() => unlistUnfinished(partOf(path)));
      await syncFolderOf(path);
    },
    abandon: () => {
      if (isOpen) rmSync(partOf(path), { force: true });
      isOpen = false;
      unlistUnfinished(partOf(path));
    },
  };
}

/** Writes a file in one go. @throws MediaError */
export async function writeWholeFile(path: string, bytes: Uint8Array | string): Promise<void> {
  const part = partOf(path);
  try {
    const file = await open(part, 'w');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
    throw outputError(path, error);
  }
}

/** Makes the names in a file's folder durable, where the system lets folders be synced. */
export async function syncFolderOf(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r').catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}

function partOf(path: string): string {
  return `${path}.part`;
}
