// Which picture files a path stands for: one file, or all that a glob matches, in the order in which people count.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';

const order = new Intl.Collator('en', { numeric: true });

/** Whether a path has to be expanded; a file whose name just looks like a pattern is that file. */
export function isImagePattern(folder: string, path: string): boolean {
  return isDynamicPattern(path) && !existsSync(resolve(folder, path));
}

/** Absolute paths, `frame-9` before `frame-10`; relative paths are relative to `folder`. Empty when a glob matches nothing. */
export async function imageFiles(folder: string, path: string): Promise<readonly string[]> {
  if (!isImagePattern(folder, path)) return [resolve(folder, path)];
  const files = await glob(path, { cwd: folder, absolute: true, expandDirectories: false, dot: false });
  return files.sort(order.compare);
}
