import { MediaError } from '../media-error.ts';
import { type FileInput, shownInput } from '../reader/media-input.ts';
import { missingEnd } from '../video/container-end.ts';

/** How a child that read a file ended. */
export interface ChildEnd {
  /** Null where the system ended it. */
  readonly code: number | null;
  /** How many frames came of it. */
  readonly frames: number;
  /** Which play of the file it was, from 0. */
  readonly epoch: number;
}

/** @throws MediaError where the file breaks off, nothing in it was intact, or the program, named as in messages, was ended by the system. */
export function checkFileEnd(input: FileInput, program: string, { code, frames, epoch }: ChildEnd): void {
  const name = shownInput(input);
  const missing = epoch === 0 ? missingEnd(input.path) : undefined;
  if (missing !== undefined) {
    throw new MediaError('media/truncated', `${name} breaks off: ${missing}; ${frames} frames could be decoded; copy or record it again`);
  }
  if (code === null) throw new MediaError('media/decoder-failed', `Cannot go on decoding ${name}: ${program} was ended by the system`);
  if (frames === 0) throw new MediaError('media/corrupt', `Cannot decode ${name}: not one of its frames is intact`);
}
