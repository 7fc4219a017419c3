// What can be said, before anything is opened, against the files that the elements of a graph read and write: none may write over
// what another reads or writes, and what is to be written must have a place.
import { resolve } from 'node:path';
import { checkOutputFile } from '../check-output-file.ts';
import type { ElementFiles } from '../element/define-element.ts';
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
  for (const { name, definition, props } of elements) {
    const { reads = [], writes = [], makesFolders = false }: ElementFiles = definition.files?.(props as never) ?? {};
    const path = `${childPointer('/elements', name)}/props/path`;
    const written = writes.map((file) => resolve(outputFolder, file));
    for (const file of written) issues.push(...checkOutputFile(file, makesFolders, path));
    try {
      for (const file of reads) claims.claim(name, resolve(baseFolderOf(name), file), false);
      for (const file of written) claims.claim(name, file, true);
    } catch (error) {
      if (!(error instanceof ElementError)) throw error;
      issues.push({ code: error.code, path, message: error.message });
    }
  }
  return issues;
}
