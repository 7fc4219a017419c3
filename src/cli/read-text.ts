// Files that options of the launcher name.
import { readFileSync } from 'node:fs';
import { UsageError } from './exit-code.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
};

/** @throws UsageError */
export function readText(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw cannotRead(option, file, error);
  }
}

/** Why a file cannot be read, in words. */
export function cannotRead(option: string, file: string, error: unknown): UsageError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new UsageError(`Cannot read ${option} ${file}: ${REASONS[code ?? ''] ?? message}`);
}
