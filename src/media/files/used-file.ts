// What becomes of a file that has been used: it is deleted, or moved to another folder, where nothing is overwritten.
import { copyFile, link, mkdir, open, rename, rm, unlink } from 'node:fs/promises';
import { basename, dirname, join, parse, relative } from 'node:path';

/** Names that are tried for one file. */
const MOST_NAMES = 1000;

/** Deletes a file; one that is gone already is as good. */
export function deleteFile(path: string): Promise<void> {
  return rm(path, { force: true });
}

/**
 * Moves a file to a folder, which is made where it is missing; folders between `root` and the file are kept. Where there is one of its
 * name already it is called `name-1` and so on. One that is gone already stays so.
 */
export async function moveFile(path: string, root: string, folder: string): Promise<void> {
  const target = join(folder, dirname(relative(root, path)));
  await mkdir(target, { recursive: true });
  const { name, ext } = parse(basename(path));
  for (let count = 0; count < MOST_NAMES; count++) {
    try {
      await moveTo(path, join(target, count === 0 ? name + ext : `${name}-${count}${ext}`));
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return;
      if (code !== 'EEXIST') throw error;
    }
  }
  throw new Error(`${MOST_NAMES} files of the name ${basename(path)} are in ${target} already`);
}

/** @throws `EEXIST` where there is something already. */
async function moveTo(path: string, target: string): Promise<void> {
  try {
    // A rename would overwrite.
    await link(path, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOENT') throw error;
    await copyTo(path, target);
  }
  await unlink(path);
}

/** To another disk, or on one without links; whole or not at all. */
async function copyTo(path: string, target: string): Promise<void> {
  const unfinished = `${target}.part`;
  await (await open(target, 'wx')).close();
  try {
    await copyFile(path, unfinished);
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { force: true });
    await rm(target, { force: true });
    throw error;
  }
}
