// What can be said, before anything is opened, against the files that the elements of a graph read and write: none may write over
// what another reads or writes, nor into a folder where another takes it for input, and what is to be written must have a place.
import { realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { checkOutputFile } from '../check-output-file.ts';
import type { ElementFiles, WatchedFiles } from '../element/define-element.ts';
import type { Element } from '../element/element.ts';
import { ElementError, type Issue } from '../errors.ts';
import { FileClaims } from '../pipeline/file-claims.ts';
import { childPointer } from './json-pointer.ts';

export interface FileFolders {
  readonly outputFolder: string;
  /** What relative paths of an element's inputs are relative to. */
  baseFolderOf(name: string): string;
}

export function fileIssues(elements: Iterable<Element>, { outputFolder, baseFolderOf }: FileFolders): Issue[] {
  const claims = new FileClaims();
  const issues: Issue[] = [];
  const watchers: (WatchedFiles & { readonly name: string })[] = [];
  const writers: { readonly name: string; readonly path: string; readonly files: readonly string[] }[] = [];
  for (const { name, definition, props } of elements) {
    const {
      reads = [],
      writes = [],
      writesLike = [],
      watches = [],
      makesFolders = false,
    }: ElementFiles = definition.files?.(props as never) ?? {};
    const path = `${childPointer('/elements', name)}/props/path`;
    const written = writes.map((file) => resolve(outputFolder, file));
    writers.push({ name, path, files: [...written, ...writesLike.map((file) => resolve(outputFolder, file))] });
    for (const one of watches) watchers.push({ name, takes: one.takes, folder: resolve(baseFolderOf(name), one.folder) });
    for (const file of written) issues.push(...checkOutputFile(file, makesFolders, path));
    try {
      for (const file of reads) claims.claim(name, resolve(baseFolderOf(name), file), false);
      for (const file of written) claims.claim(name, file, true);
    } catch (error) {
      if (!(error instanceof ElementError)) throw error;
      issues.push({ code: error.code, path, message: error.message });
    }
  }
  for (const { name, path, files } of writers) {
    for (const watcher of watchers) {
      const file = files.find((one) => watcher.name !== name && isTaken(watcher, one));
      if (file !== undefined) issues.push({ code: 'media/watched-folder', path, ...toldOf(name, file, watcher) });
    }
  }
  return issues;
}

function isTaken({ folder, takes }: WatchedFiles, file: string): boolean {
  const path = relative(realPath(folder), join(realPath(dirname(file)), basename(file)));
  return !path.startsWith('..') && takes(path.split(sep).join('/'));
}

/** What is not there yet is called as it is written. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function toldOf(name: string, file: string, watcher: { readonly name: string; readonly folder: string }): Pick<Issue, 'message' | 'hint'> {
  const message = `${name}: Cannot write ${file}: ${watcher.name} reads what comes into ${watcher.folder}, and would read that, too`;
  return { message, hint: `write to another folder, or narrow ${watcher.name}.match` };
}
