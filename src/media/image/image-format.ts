import { extname } from 'node:path';
import { MediaError } from '../media-error.ts';

/** Formats of picture files that are read and written. */
export const IMAGE_FORMATS = ['jpeg', 'png', 'webp'] as const;

export type ImageFormat = (typeof IMAGE_FORMATS)[number];

const BY_EXTENSION: Readonly<Record<string, ImageFormat>> = { '.jpg': 'jpeg', '.jpeg': 'jpeg', '.png': 'png', '.webp': 'webp' };

/** The format that a file's name asks for. @throws MediaError `media/unknown-image` */
export function imageFormatOf(path: string): ImageFormat {
  const extension = extname(path).toLowerCase();
  const format = BY_EXTENSION[extension];
  if (format !== undefined) return format;
  const found = extension === '' ? 'no ending' : extension;
  throw new MediaError('media/unknown-image', `Cannot write ${path}: expected .jpg, .png or .webp, found ${found}`);
}
