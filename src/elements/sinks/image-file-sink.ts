// Writes frames as pictures, each to a file of its own.
//
// sink: video/raw of any format. The path's ending gives the format, placeholders in it the names: `%05d` counts the pictures
// from 0, `{frame}`, `{ptsUs}` and `{source}` are the frame's own. Without a placeholder the file always holds the latest
// picture. A file is there as a whole or not at all, and replaces what stood under its name. Several pictures are encoded at
// once. eos is reported when all are durable.
//
// Errors: `media/unknown-image`, `media/folder-missing`, `media/permission-denied`, `media/disk-full`, `media/is-folder`,
// `media/same-file`, `media/library-missing`.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import { sinkPad } from '../../core/element/pad-template.ts';
import { frameLayout, type VideoFormat } from '../../media/frame-layout.ts';
import { createImageEncoder } from '../../media/image/image-encoder.ts';
import { imageFormatOf } from '../../media/image/image-format.ts';
import { fileNameOf, namesMany } from '../../media/image/image-names.ts';
import { rawVideo, type VideoInfo } from '../../media/media-types.ts';
import { makeFolderOf } from '../../media/output/output-file.ts';
import { syncFolderOf, writeWholeFile } from '../../media/output/whole-file.ts';

const props = z.strictObject({
  path: z.string().min(1).meta({
    description:
      "The files, such as `out/frame-%05d.jpg`, ending in .jpg, .png or .webp: `%05d` counts them, `{frame}`, `{ptsUs}` and `{source}` are the frame's. Relative paths are relative to the current folder.",
  }),
  quality: z.int().min(1).max(100).default(85).meta({ description: 'Of JPEG and WebP: 1 is smallest, 100 is best.' }),
  every: z.int().min(1).default(1).meta({ description: 'Writes one frame in this many, of each source, beginning with the first.' }),
  mkdir: z.boolean().default(true).meta({ description: 'Makes the folders that are missing.' }),
});

export const imageFileSink = defineElement({
  name: 'image-file-sink',
  klass: 'Sink/Image/File',
  summary: 'Writes frames as JPEG, PNG or WebP files.',
  example: 'video-test-source count=100 ! image-file-sink path=out/frame-%05d.jpg every=10',
  props,
  pads: { sink: sinkPad(rawVideo()) },
  // One file takes one picture after the other.
  inFlight: ({ path }, { cores }) => (namesMany(path) ? Math.min(cores, 4) : 1),
  queued: true,
  // A name may hold the folder too, of which nothing is known then.
  files: ({ path, mkdir }) => (namesMany(path) && !mkdir ? { writesLike: [path] } : { writes: [path], makesFolders: mkdir }),
  check: ({ props: { path } }) => {
    try {
      imageFormatOf(path);
      return [];
    } catch (error) {
      const { code, message } = error as { code: string; message: string };
      return [{ code, path: '/props/path', message }];
    }
  },
  open: ({ props: { path }, context }) => {
    const pattern = resolve(context.outputFolder, path);
    if (!namesMany(path)) context.writes(pattern);
    return { pattern, written: 0, last: undefined as string | undefined, seen: new Map<string, number>() };
  },
  create: async ({ props: { path, quality, every, mkdir }, resource, caps: { sink }, context }) => {
    const { arena } = context;
    const layout = frameLayout(sink.fields['format'] as VideoFormat, sink.fields['width'] as number, sink.fields['height'] as number);
    const colour = sink.info as Partial<VideoInfo> | undefined;
    const encoder = await createImageEncoder({ arena, layout, colour, format: imageFormatOf(path), quality });
    context.post('output', path);
    return {
      render: (buffer) => {
        const seen = resource.seen.get(buffer.source) ?? 0;
        resource.seen.set(buffer.source, seen + 1);
        if (seen % every !== 0) return;
        const file = fileNameOf(resource.pattern, resource.written++, buffer);
        if (mkdir) makeFolderOf(file);
        // What another element reads or writes is there already; a claim for each new file would grow for ever.
        if (namesMany(path) && existsSync(file)) context.writes(file);
        resource.last = file;
        return encoder.encode(buffer.slab.offset).then((bytes) => writeWholeFile(file, bytes));
      },
      sourceEnded: (_pad, { source }) => {
        resource.seen.delete(source);
      },
      finish: async () => {
        if (resource.last !== undefined) await syncFolderOf(resource.last);
      },
      close: () => encoder.close(),
    };
  },
});
