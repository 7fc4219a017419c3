import type { Readable } from 'node:stream';
import { MediaError } from '../media-error.ts';
import { PipeReader } from './pipe-reader.ts';

/** Who reads it now; of a process there is one. */
let user: string | undefined;

/** The standard input, for one who reads it. @throws MediaError `media/input-taken`. */
export function takeStandardInput(name: string): PipeReader {
  const stream: Readable & { ref?(): void } = process.stdin;
  const other = user ?? (stream.listenerCount('readable') + stream.listenerCount('data') > 0 ? 'another part of the program' : undefined);
  if (other !== undefined) throw new MediaError('media/input-taken', `Cannot read the standard input: ${other} reads it already`);
  user = name;
  stream.ref?.();
  return new PipeReader(stream, 'the standard input');
}

/** Lets go of it, so that the program can end though it stays open. */
export function leaveStandardInput(reader: PipeReader): void {
  user = undefined;
  reader.close();
  (process.stdin as { unref?(): void }).unref?.();
}
