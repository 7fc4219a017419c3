import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Issue } from './errors.ts';

/** File systems in which nothing can be made, whatever their folders allow: that of processes, and that of the kernel's objects. */
const UNWRITABLE = [0x9fa0, 0x62656572];

/**
 * What can be said against a file to write without making it.
 *
 * @param file Absolute.
 * @param makesFolders Whether the folders that are missing will be made.
 * @param pointer Where the element's description gives it, such as `/props/path`.
 */
export function checkOutputFile(file: string, makesFolders: boolean, pointer: string): readonly Issue[] {
  const issue = (code: string, reason: string): readonly Issue[] => [{ code, path: pointer, message: `Cannot write ${file}: ${reason}` }];
  if (existsSync(file) && statSync(file).isDirectory()) return issue('media/is-folder', 'it is a folder');
  let folder = dirname(file);
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  if (!statSync(folder).isDirectory()) return issue('media/folder-missing', 'part of its path is a file, not a folder');
  const isMissing = folder !== dirname(file);
  if (isMissing && (!makesFolders || UNWRITABLE.includes(statfsSync(folder).type)))
    return issue('media/folder-missing', 'its folder does not exist');
  try {
    accessSync(existsSync(file) ? file : folder, constants.W_OK);
    return [];
  } catch {
    return issue('media/permission-denied', 'the program may not write there');
  }
}
