// Decodes JPEG, PNG and WebP files to packed RGB.
//
// The orientation in EXIF is applied, colours come in sRGB whatever profile the file has, 16 bits become 8, grey becomes three
// equal channels, alpha is left out (what is under it stays as it is), and of an animation the first picture counts.
import { readFile } from 'node:fs/promises';
import { MediaError } from '../media-error.ts';
import { loadImageLibrary } from './image-library.ts';

/** The longest side that frames may have, in pixels. */
const LONGEST_SIDE = 16384;

export interface DecodedImage {
  /** Red, green and blue of each pixel, rows one right behind the other. */
  readonly pixels: Uint8Array;
  /** Pixels, as it is to be looked at. */
  readonly width: number;
  /** Pixels, as it is to be looked at. */
  readonly height: number;
}

/**
 * Decodes a file.
 *
 * @throws MediaError `media/not-found`, `media/permission-denied`, `media/not-a-file`, `media/unreadable`, `media/empty`,
 * `media/not-media`, `media/corrupt`, `media/too-large`, `media/library-missing`.
 */
export async function decodeImage(path: string): Promise<DecodedImage> {
  const library = await loadImageLibrary();
  const bytes = await readImage(path);
  try {
    const picture = library(bytes, { failOn: 'error' }).autoOrient().toColourspace('srgb').removeAlpha().raw({ depth: 'uchar' });
    const { data, info } = await picture.toBuffer({ resolveWithObject: true });
    return { pixels: data, ...checkSize(path, info) };
  } catch (error) {
    throw imageError(path, error);
  }
}

/** The size that `decodeImage` will give, from the file's header alone. @throws MediaError as `decodeImage` does. */
export async function imageSize(path: string): Promise<{ readonly width: number; readonly height: number }> {
  const library = await loadImageLibrary();
  const bytes = await readImage(path);
  try {
    const { autoOrient } = await library(bytes, { failOn: 'error' }).metadata();
    return checkSize(path, autoOrient);
  } catch (error) {
    throw imageError(path, error);
  }
}

async function readImage(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw inputError(path, error);
  });
  if (bytes.length === 0) throw new MediaError('media/empty', `Cannot read ${path}: the file is empty`);
  // The library reads more than this, some of it (SVG) able to refer to other files.
  if (!isImage(bytes)) throw new MediaError('media/not-media', `Cannot read ${path}: it is no JPEG, PNG or WebP picture`);
  return bytes;
}

function isImage(bytes: Buffer): boolean {
  const begins = (text: string, at = 0): boolean => bytes.toString('latin1', at, at + text.length) === text;
  return begins('\xff\xd8\xff') || begins('\x89PNG\r\n\x1a\n') || (begins('RIFF') && begins('WEBP', 8));
}

function checkSize(path: string, { width, height }: { width: number; height: number }): { width: number; height: number } {
  if (Math.max(width, height) <= LONGEST_SIDE) return { width, height };
  throw new MediaError('media/too-large', `Cannot read ${path}: ${width}×${height} pixels are more than ${LONGEST_SIDE} along a side`);
}

const REASONS: Readonly<Record<string, readonly [code: string, reason: string]>> = {
  ENOENT: ['media/not-found', 'there is no such file'],
  ENOTDIR: ['media/not-found', 'part of its path is a file, not a folder'],
  EISDIR: ['media/not-a-file', 'it is a folder'],
  EACCES: ['media/permission-denied', 'this user may not'],
  EPERM: ['media/permission-denied', 'this user may not'],
};

function inputError(path: string, error: unknown): MediaError {
  const { code, message } = error as NodeJS.ErrnoException;
  const [ours, reason] = REASONS[code ?? ''] ?? ['media/unreadable', message];
  return new MediaError(ours, `Cannot read ${path}: ${reason}`, { cause: error });
}

function imageError(path: string, error: unknown): MediaError {
  if (error instanceof MediaError) return error;
  const { message } = error as Error;
  if (/pixel limit/i.test(message)) {
    return new MediaError('media/too-large', `Cannot read ${path}: it has more pixels than are taken`, { cause: error });
  }
  return new MediaError('media/corrupt', `Cannot decode ${path}: ${message.split('\n')[0]}`, { cause: error });
}
