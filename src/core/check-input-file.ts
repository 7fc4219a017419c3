import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Issue } from './errors.ts';
import { nearestFile } from './graph/nearest-file.ts';

/**
 * What can be said against an input file without opening it; for the `check` hook of elements.
 *
 * @param path As the graph gives it; relative to `baseFolder`.
 * @param pointer Where the element's description gives it, such as `/props/path`.
 */
export function checkInputFile(baseFolder: string, path: string, pointer: string): readonly Issue[] {
  const file = resolve(baseFolder, path);
  const issue = (code: string, message: string, hint?: string): readonly Issue[] => [{ code, path: pointer, message, hint }];
  try {
    const stat = statSync(file);
    if (stat.isDirectory()) return issue('media/not-a-file', `Cannot read ${file}: it is a folder`);
    if (stat.isFile() && stat.size === 0) return issue('media/empty', `Cannot read ${file}: the file is empty`);
    accessSync(file, constants.R_OK);
    return [];
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') return issue('media/permission-denied', `Cannot read ${file}: this user may not`);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') return issue('media/unreadable', `Cannot read ${file}: ${message}`);
    const nearest = nearestFile(file);
    return issue('media/not-found', `There is no file ${file}`, nearest === undefined ? undefined : `did you mean ${nearest}?`);
  }
}
