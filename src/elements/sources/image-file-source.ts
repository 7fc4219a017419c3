// Reads pictures from files: one, or all that a glob matches, in the order in which people count.
//
// src: video/raw, RGB unless downstream wants another format (YUV is bt601, limited). Every picture keeps its own size: where
// the next one differs, the caps do, too. EXIF's orientation is applied; alpha is left out. Pts rise by 1/fps from 0, for
// pictures that cannot be read, too. Up to four pictures are decoded before they are asked for.
//
// A picture that cannot be read is a fault of its own: with `onError: 'skip'` it is counted and the next one follows (after 16
// in a row the element fails all the same), otherwise the graph ends with it.
//
// Errors: `media/not-found` (also for a glob without matches), `media/empty`, `media/not-media`, `media/corrupt`,
// `media/too-large`, `media/permission-denied`, `media/library-missing`.
import { z } from 'zod';
import { caps, type FixedCaps } from '../../core/caps/caps.ts';
import { checkInputFile } from '../../core/check-input-file.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { srcPad } from '../../core/element/pad-template.ts';
import type { Issue } from '../../core/errors.ts';
import { StreamBuffer } from '../../core/stream/buffer.ts';
import { VIDEO_FORMATS, type VideoFormat } from '../../media/frame-layout.ts';
import { type DecodedImage, decodeImage, imageSize } from '../../media/image/image-decoder.ts';
import { imageFiles, isImagePattern } from '../../media/image/image-files.ts';
import { imageFrame } from '../../media/image/image-frames.ts';
import { MediaError } from '../../media/media-error.ts';
import { rawVideo, type VideoInfo } from '../../media/media-types.ts';

const props = z.strictObject({
  path: z
    .string()
    .min(1)
    .meta({ description: 'A JPEG, PNG or WebP file, or a glob such as `photos/*.jpg`; relative paths are relative to the graph.' }),
  fps: z.number().min(0.001).max(1000).default(1).meta({ description: 'Pictures a second of stream time.' }),
});

const PICTURES_AHEAD = 4;

const FORMATS = ['RGB', ...VIDEO_FORMATS.filter((format) => format !== 'RGB')] as const;

export const imageFileSource = defineElement({
  name: 'image-file-source',
  klass: 'Source/Image/File',
  summary: 'Reads JPEG, PNG and WebP files, one or many.',
  example: 'image-file-source path=photos/*.jpg ! fake-sink',
  props,
  pads: { src: srcPad(rawVideo()) },
  files: ({ path }) => ({ reads: [path] }),
  check: async ({ props: { path }, baseFolder }): Promise<readonly Issue[]> => {
    if (!isImagePattern(baseFolder, path)) return checkInputFile(baseFolder, path, '/props/path');
    const files = await imageFiles(baseFolder, path);
    return files.length > 0 ? [] : [{ code: 'media/not-found', path: '/props/path', message: noMatch(path, baseFolder) }];
  },
  open: async ({ props: { path }, context }) => {
    const files = await imageFiles(context.baseFolder, path);
    if (files.length === 0) throw new MediaError('media/not-found', noMatch(path, context.baseFolder));
    for (const file of files) context.reads(file);
    return { files, size: await firstSize(files) };
  },
  negotiate: {
    srcCaps: ({ props: { fps }, resource }) => {
      if (resource === undefined) return rawVideo().caps;
      const info = { matrix: 'bt601', range: 'limited', frameRate: fps } satisfies VideoInfo;
      return caps('video/raw', { format: { anyOf: [...FORMATS] }, ...resource.size }, info);
    },
  },
  create: ({ props: { fps }, resource: { files }, caps: { src }, context }) => {
    const ahead: Promise<DecodedImage>[] = [];
    const timeOf = (index: number): number => Math.round((index * 1e6) / fps);
    let current: FixedCaps = src;
    let started = 0;
    let given = 0;
    const next = (): Promise<DecodedImage> => {
      for (; started < files.length && ahead.length < PICTURES_AHEAD; started++) {
        const decoding = decodeImage(files[started]!);
        // Its fault is told when its turn comes; until then nobody listens.
        decoding.catch(() => {});
        ahead.push(decoding);
      }
      return ahead.shift()!;
    };
    return {
      produce: async () => {
        if (given === files.length) return undefined;
        const index = given++;
        const picture = await next();
        const { width, height } = picture;
        if (current.fields['width'] !== width || current.fields['height'] !== height) {
          current = { ...current, fields: { ...current.fields, width, height } };
          await context.setCaps('src', current);
        }
        const pts = timeOf(index);
        context.position(timeOf(index + 1), timeOf(files.length));
        const { slab, layout } = imageFrame(context.arena, picture, src.fields['format'] as VideoFormat);
        return new StreamBuffer<undefined>({ caps: current, pts, duration: timeOf(index + 1) - pts, slabs: [slab], bytes: layout.bytes });
      },
      close: async () => {
        await Promise.allSettled(ahead.splice(0));
      },
    };
  },
});

/** The size of the first picture that can be read. @throws The first one's fault where none can. */
async function firstSize(files: readonly string[]): Promise<{ readonly width: number; readonly height: number }> {
  let first: unknown;
  for (const file of files) {
    try {
      return await imageSize(file);
    } catch (error) {
      if (error instanceof MediaError && error.code.startsWith('media/library-')) throw error;
      first ??= error;
    }
  }
  throw first;
}

function noMatch(path: string, folder: string): string {
  return `No file matches ${path} in ${folder}`;
}
