// The package that decodes and encodes still pictures: optional, loaded when it is first needed.
import type { Sharp, SharpOptions } from 'sharp';
import { MediaError } from '../media-error.ts';

/** What is used of sharp: makes a pipeline of picture operations from a file, from bytes or from raw pixels. */
export type ImageLibrary = (input?: string | Uint8Array, options?: SharpOptions) => Sharp;

let loading: Promise<ImageLibrary> | undefined;

/**
 * Loads the library, once in a process; an installation that has failed is tried again.
 *
 * @throws MediaError `media/library-missing`, `media/library-failed`.
 */
export function loadImageLibrary(): Promise<ImageLibrary> {
  loading ??= importImageLibrary(() => import('sharp')).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** The same with the import given, so that its failure can be told apart and tested. */
export async function importImageLibrary(load: () => Promise<typeof import('sharp')>): Promise<ImageLibrary> {
  try {
    const { default: sharp } = await load();
    // One thread per picture: several pictures at once share the cores better, and nothing is decoded twice.
    sharp.concurrency(1);
    sharp.cache(false);
    return sharp as ImageLibrary;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const missing = code === 'ERR_MODULE_NOT_FOUND' && message.includes('sharp');
    if (!missing) throw new MediaError('media/library-failed', `Cannot use the package sharp: ${message}`, { cause: error });
    const text = 'Cannot read or write pictures: the optional package sharp is not installed; run npm install sharp';
    throw new MediaError('media/library-missing', text, { cause: error });
  }
}
