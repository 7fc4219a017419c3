import { open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { MediaError } from '../media-error.ts';
import { type MediaInput, playsOf } from './media-input.ts';

/**
 * An input with the whole path of its file, where it is one.
 *
 * @throws MediaError for what can be told of a media file without any library, RangeError for plays that are no number.
 */
export async function readableInput(input: MediaInput): Promise<MediaInput> {
  if (input.kind !== 'file') return input;
  playsOf(input);
  const path = resolve(input.path);
  await checkReadable(path);
  return { ...input, path };
}

async function checkReadable(path: string): Promise<void> {
  let size: number;
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new MediaError('media/not-a-file', `Cannot open ${path}: it is a folder; expected a media file`);
    if (!found.isFile()) throw new MediaError('media/not-a-file', `Cannot open ${path}: it is no regular file`);
    size = found.size;
    await (await open(path, 'r')).close();
  } catch (error) {
    if (error instanceof MediaError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new MediaError('media/not-found', `Cannot open ${path}: there is no such file`);
    if (code === 'EACCES' || code === 'EPERM') {
      throw new MediaError('media/permission-denied', `Cannot open ${path}: this user may not read it`);
    }
    throw new MediaError('media/unreadable', `Cannot open ${path}: ${(error as Error).message}`, { cause: error });
  }
  if (size === 0) throw new MediaError('media/empty', `Cannot open ${path}: the file is empty`);
}
