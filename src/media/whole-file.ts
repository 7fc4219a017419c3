// A file that is there as a whole or not at all: it is written under a temporary name beside its own, and takes its own when
// its last byte is durable. The temporary file is made at once, so that a folder that cannot be written to is known early.
import { closeSync, openSync, rmSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { outputError } from './output-file.ts';

export interface WholeFile {
  /** Writes all there is to write, and puts the file in its place. @throws MediaError */
  write(bytes: Uint8Array | string): Promise<void>;
  /** Removes what has not been put in its place. Safe at any time. */
  abandon(): void;
}

/** Begins a file; what stands under its name stays until it is complete. @throws MediaError */
export function beginWholeFile(path: string): WholeFile {
  const partial = `${path}.part`;
  let isOpen = true;
  try {
    closeSync(openSync(partial, 'w'));
  } catch (error) {
    throw outputError(path, error);
  }
  const abandon = (): void => {
    if (isOpen) rmSync(partial, { force: true });
    isOpen = false;
  };
  return {
    write: async (bytes) => {
      try {
        await writeDurably(partial, bytes);
        await rename(partial, path);
        isOpen = false;
        await syncFolder(dirname(path));
      } catch (error) {
        abandon();
        throw outputError(path, error);
      }
    },
    abandon,
  };
}

/** Writes a file in one go; it is there as a whole or not at all. @throws MediaError */
export async function writeWholeFile(path: string, bytes: Uint8Array | string): Promise<void> {
  const partial = `${path}.part`;
  try {
    await writeDurably(partial, bytes);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    throw outputError(path, error);
  }
}

async function writeDurably(path: string, bytes: Uint8Array | string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a rename durable, where the system lets folders be synced. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}
