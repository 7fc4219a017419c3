import { MediaError } from '../media-error.ts';

const REASONS: Readonly<Record<string, readonly [code: string, reason: string]>> = {
  ENOENT: ['media/not-found', 'there is no such file'],
  ENOTDIR: ['media/not-found', 'part of its path is a file, not a folder'],
  EISDIR: ['media/not-a-file', 'it is a folder'],
  EACCES: ['media/permission-denied', 'this user may not'],
  EPERM: ['media/permission-denied', 'this user may not'],
  EMFILE: ['media/too-many-files', 'the program has too many files open'],
};

/** What the system says against a file that is to be read, as an error of ours; errors of ours stay as they are. */
export function inputFault(path: string, error: unknown): MediaError {
  if (error instanceof MediaError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const [ours, reason] = REASONS[code ?? ''] ?? ['media/unreadable', message];
  return new MediaError(ours, `Cannot read ${path}: ${reason}`, { cause: error });
}
