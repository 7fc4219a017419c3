// Which picture files a path stands for: one file, or all that a glob matches, in the order in which people count.
import { resolve } from 'node:path';
import { filesIn, isFilePattern } from '../files/matching-files.ts';

/** Whether a path has to be expanded; a file whose name just looks like a pattern is that file. */
export const isImagePattern = isFilePattern;

/** Absolute paths, `frame-9` before `frame-10`; relative paths are relative to `folder`. Empty when a glob matches nothing. */
export async function imageFiles(folder: string, path: string): Promise<readonly string[]> {
  return isImagePattern(folder, path) ? filesIn(folder, path) : [resolve(folder, path)];
}
