// Which files a path stands for: a file, all that a glob matches, or those of a folder, in the order in which people count.
import { existsSync, statSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { checkInputFile } from '../../core/check-input-file.ts';
import type { Issue } from '../../core/errors.ts';

export const fileOrder = new Intl.Collator('en', { numeric: true });

/** Whether a path has to be expanded; a file whose name just looks like a pattern is that file. */
export function isFilePattern(folder: string, path: string): boolean {
  return isDynamicPattern(path) && !existsSync(resolve(folder, path));
}

export function isFolder(folder: string, path: string): boolean {
  return statSync(resolve(folder, path), { throwIfNoEntry: false })?.isDirectory() === true;
}

export function isFile(folder: string, path: string): boolean {
  return statSync(resolve(folder, path), { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * Absolute paths of what a glob matches in a folder, `frame-9` before `frame-10`, without hidden files. Empty when it matches nothing.
 * What linked folders lead to more than once is there once.
 */
export async function filesIn(folder: string, pattern: string | readonly string[], options: { anyCase?: boolean } = {}): Promise<string[]> {
  const caseSensitiveMatch = options.anyCase !== true;
  const files = await glob(pattern, { cwd: folder, absolute: true, expandDirectories: false, dot: false, caseSensitiveMatch });
  return (await once(files)).sort(fileOrder.compare);
}

async function once(files: readonly string[]): Promise<string[]> {
  const folders = [...new Set(files.map((file) => dirname(file)))];
  if (folders.length < 2) return [...files];
  const real = new Map(await Promise.all(folders.map(async (one) => [one, await realpath(one).catch(() => one)] as const)));
  const found = new Map<string, string>();
  for (const file of files) {
    const place = join(real.get(dirname(file))!, basename(file));
    const other = found.get(place);
    if (other === undefined || file.length < other.length) found.set(place, file);
  }
  return [...found.values()];
}

/**
 * Absolute paths, relative ones being relative to `folder`; of several, one after the other. A path that is no glob is given back
 * whether there is such a file or not.
 *
 * @param endings Which files of a folder count, such as `.pcd`.
 */
export async function matchingFiles(folder: string, paths: string | readonly string[], endings: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of typeof paths === 'string' ? [paths] : paths) {
    const whole = resolve(folder, path);
    if (isFilePattern(folder, path)) found.push(...(await filesIn(folder, path)));
    else if (isFolder(folder, path)) {
      const patterns = endings.map((ending) => `*${ending}`);
      found.push(...(await filesIn(whole, patterns, { anyCase: true })));
    } else found.push(whole);
  }
  return found;
}

/** What can be said against such paths without opening anything; for the `check` hook of elements. */
export async function checkInputFiles(
  folder: string,
  paths: string | readonly string[],
  endings: readonly string[],
): Promise<readonly Issue[]> {
  const issues: Issue[] = [];
  for (const [index, path] of (typeof paths === 'string' ? [paths] : paths).entries()) {
    const pointer = typeof paths === 'string' ? '/props/path' : `/props/path/${index}`;
    if (!isFilePattern(folder, path) && !isFolder(folder, path)) issues.push(...checkInputFile(folder, path, pointer));
    else if ((await matchingFiles(folder, path, endings)).length === 0) {
      issues.push({ code: 'media/not-found', path: pointer, message: noFileMatches(path, folder) });
    }
  }
  return issues;
}

export function noFileMatches(path: string, folder: string): string {
  return `No file matches ${path} in ${folder}`;
}

declare module '../../core/stream/buffer.ts' {
  interface BufferMeta {
    /** The name of the file that it was read from. */
    readonly file?: string;
  }
}
