// Reads the pictures of a folder, and, with `watch`, those that come into it later, each once it is complete.
//
// src: video/raw, RGB unless downstream wants another format (YUV is bt601, limited). Every picture keeps its own size: where the
// next one differs, the caps do, too; until the first of an empty folder they say 640×480. EXIF's orientation is applied; alpha is
// left out. `meta.file` is the file's name in the folder.
//
// A file is complete when nothing about it has changed for `settleMs`; one that changes while it is read is read again then. One
// that is gone before it could be read is counted as `vanished`. With `watch` and times of arrival the pad is told at every look how
// far time has come, so that joins do not wait for a picture. Files are deleted or moved after they were sent on: what is in the
// graph when the program is killed comes again. A picture that cannot be read is a fault of its own (see `onError`).
//
// Errors: `media/not-found`, `media/not-a-folder`, `media/empty`, `media/not-media`, `media/corrupt`, `media/changing`,
// `media/too-large`, `media/permission-denied`, `media/library-missing`, checked graphs `media/watched-folder`; warnings: `media/not-moved`, `media/folder-gone`.
import { resolve, sep } from 'node:path';
import { z } from 'zod';
import { caps, type FixedCaps } from '../../core/caps/caps.ts';
import { defineElement, type WatchedFiles } from '../../core/element/define-element.ts';
import { srcPad } from '../../core/element/pad-template.ts';
import type { Issue } from '../../core/errors.ts';
import { StreamBuffer } from '../../core/stream/buffer.ts';
import { ClockWait } from '../../core/time/clock-wait.ts';
import { fileGlob } from '../../media/files/file-glob.ts';
import { isFile, isFolder } from '../../media/files/matching-files.ts';
import { ReadAhead } from '../../media/files/read-ahead.ts';
import { deleteFile, moveFile } from '../../media/files/used-file.ts';
import { FILE_ORDERS, type FoundFile, fileAt, watchFolder } from '../../media/files/watched-folder.ts';
import { VIDEO_FORMATS, type VideoFormat } from '../../media/frame-layout.ts';
import { type DecodedImage, decodeImage, imageSize } from '../../media/image/image-decoder.ts';
import { imageFrame } from '../../media/image/image-frames.ts';
import { MediaError } from '../../media/media-error.ts';
import { rawVideo, type VideoInfo } from '../../media/media-types.ts';

const props = z.strictObject({
  path: z.string().min(1).meta({ description: 'The folder; relative paths are relative to the graph.' }),
  match: z.string().min(1).default('*.{jpg,jpeg,png,webp}').meta({
    description: 'Which files count, as a glob relative to the folder; `**/*.jpg` looks into folders in it, too. Hidden files never do.',
  }),
  watch: z.boolean().default(false).meta({ description: 'Goes on with pictures that come later, until it is stopped.' }),
  pollMs: z.number().min(1).max(3_600_000).default(500).meta({ description: 'How often it looks for new pictures, in milliseconds.' }),
  settleMs: z.number().min(0).max(3_600_000).default(500).meta({
    description:
      'How long a file has to stay as it is before it counts as complete, with `watch`, in milliseconds. 0 takes files as they are found: right where they are renamed into the folder.',
  }),
  order: z.enum(FILE_ORDERS).default('name').meta({
    description: 'Of those that are there, which comes first: by name, as people count, or the one that was changed longest ago.',
  }),
  pts: z.enum(['rate', 'arrival', 'modified']).optional().meta({
    description:
      'Times of the pictures. rate: 1/fps from one to the next; arrival: when it was found, since the source began; modified: when the file was changed, since the first one. Default: arrival with `watch`, else rate.',
  }),
  fps: z.number().min(0.001).max(1000).default(1).meta({ description: 'Pictures a second of stream time, with times by rate.' }),
  readAhead: z
    .int()
    .min(1)
    .max(64)
    .default(4)
    .meta({ description: 'How many pictures are decoded at once, and before they are asked for.' }),
  after: z.enum(['keep', 'delete', 'move']).default('keep').meta({ description: 'What becomes of a file whose picture was sent on.' }),
  moveTo: z.string().min(1).optional().meta({ description: 'Where files are moved, for `after: move`; relative to the folder.' }),
  failedTo: z.string().min(1).optional().meta({
    description: 'Where files that cannot be read are moved; relative to the folder. Default: they stay where they are.',
  }),
});

type Props = z.output<typeof props>;

interface ArrivedFile extends FoundFile {
  /** When it was found, since the source began, in microseconds. */
  readonly arrivedAt: number;
}

/** What became of reading a file. */
interface ReadFile {
  readonly file: ArrivedFile;
  readonly result: DecodedImage | Error | 'gone' | 'changed';
}

const FORMATS = ['RGB', ...VIDEO_FORMATS.filter((format) => format !== 'RGB')] as const;
/** What is said of pictures before there is one. */
const ASSUMED = { width: 640, height: 480 };
/** How often a file that changes while it is read is read in vain. */
const MOST_READS = 10;

export const directorySource = defineElement({
  name: 'directory-source',
  klass: 'Source/Image/Folder',
  summary: 'Reads the pictures of a folder, and those that come into it.',
  example: 'directory-source path=incoming watch=true after=move moveTo=done ! fake-sink',
  props,
  pads: { src: srcPad(rawVideo()) },
  files: (props) => (props.watch ? { watches: [watchedBy(props)] } : {}),
  check: ({ props, baseFolder }) => check(props, baseFolder),
  open: async ({ props, context }) => {
    const [issue] = check(props, context.baseFolder);
    if (issue !== undefined) throw new MediaError(issue.code, issue.message);
    const folder = resolve(context.baseFolder, props.path);
    const first = watchFolder({ folder, patterns: [props.match], settleUs: 0, order: props.order, except: exceptOf(props, folder) });
    const files = await first.look(0);
    if (files.length === 0 && !props.watch) throw new MediaError('media/not-found', `No file matches ${props.match} in ${folder}`);
    return { folder, size: await firstSize(files, props.watch) };
  },
  negotiate: {
    srcCaps: ({ props, resource }) => {
      if (resource === undefined) return rawVideo().caps;
      const frameRate = timesOf(props) === 'rate' ? props.fps : undefined;
      const info = { matrix: 'bt601', range: 'limited', frameRate } satisfies VideoInfo;
      return caps('video/raw', { format: { anyOf: [...FORMATS] }, ...resource.size }, info);
    },
  },
  create: ({ props, resource: { folder }, caps: { src }, context }) => {
    const { timeline, clock } = context;
    const { watch, order } = props;
    const [pollUs, settleUs] = [props.pollMs * 1000, watch ? props.settleMs * 1000 : 0];
    const times = timesOf(props);
    const watched = watchFolder({ folder, patterns: [props.match], settleUs, order, except: exceptOf(props, folder) });
    const clockWait = new ClockWait(context);
    const waiting: ArrivedFile[] = [];
    let current: FixedCaps = src;
    let begun: number | undefined;
    let firstModified: number | undefined;
    let taken = 0;
    let sent: FoundFile | undefined;
    let stopped = false;
    let hasLooked = false;
    let isGone = false;
    const isOver = (): boolean => stopped || context.signal.aborted;

    /** What becomes of a file, unless it is another one by now; what cannot be done is told, and the file stays. */
    const put = async ({ path, name, state }: FoundFile, where: 'keep' | 'delete' | { readonly folder: string }): Promise<void> => {
      if (where === 'keep' || (await fileAt(folder, path))?.state !== state) return;
      try {
        if (where === 'delete') await deleteFile(path);
        else await moveFile(path, folder, resolve(folder, where.folder));
      } catch (error) {
        context.warn('media/not-moved', `${name} stays where it is, and will not be read again: ${(error as Error).message}`);
      }
    };

    const look = async (): Promise<void> => {
      hasLooked = true;
      if (isFolder(folder, '.') === isGone) {
        isGone = !isGone;
        if (isGone) context.warn('media/folder-gone', `The folder ${folder} is gone; what comes into it when it is back is read`);
      }
      const arrivedAt = timeline.now - begun!;
      waiting.push(...(await watched.look(clock.now())).map((file) => ({ ...file, arrivedAt })));
    };

    const readOnce = async (file: ArrivedFile): Promise<ReadFile> => {
      const before = await fileAt(folder, file.path);
      const result = await decodeImage(file.path).catch((error: unknown) => error as Error);
      const after = await fileAt(folder, file.path);
      if (before === undefined || after === undefined) return { file, result: 'gone' };
      const isSame = before.state === after.state && (!watch || before.state === file.state);
      return { file: { ...after, arrivedAt: file.arrivedAt }, result: isSame ? result : 'changed' };
    };
    const ahead = new ReadAhead(props.readAhead, readOnce);

    /** The next file that has been read, waited for where that is wanted; undefined at the end. */
    const next = async (): Promise<ReadFile | undefined> => {
      for (;;) {
        if (isOver()) return undefined;
        ahead.fill(waiting);
        const found = await ahead.next();
        // Whoever works on this one need not wait for the next.
        ahead.fill(waiting);
        if (found !== undefined) return found;
        if (!watch && hasLooked) return undefined;
        if (hasLooked) {
          if (times === 'arrival') await context.gap('src', { pts: timeline.now - begun!, duration: 0, source: context.name, epoch: 0 });
          await context.waiting(clockWait.until(clock.now() + pollUs));
          if (isOver()) return undefined;
        }
        await look();
      }
    };

    /** The file with its picture; undefined where it is gone, or has to settle first. @throws MediaError what speaks against it. */
    const whole = async (first: ReadFile): Promise<{ readonly file: ArrivedFile; readonly picture: DecodedImage } | undefined> => {
      let { file, result } = first;
      for (let reads = 1; result === 'changed'; reads++) {
        if (watch) {
          watched.again(file, clock.now());
          return undefined;
        }
        if (reads === MOST_READS) throw changing(file.path);
        await context.waiting(clockWait.until(clock.now() + pollUs));
        if (isOver()) return undefined;
        ({ file, result } = await readOnce(file));
      }
      if (result === 'gone') {
        context.dropped('vanished');
        return undefined;
      }
      if (!(result instanceof Error)) return { file, picture: result };
      if (props.failedTo !== undefined) await put(file, { folder: props.failedTo });
      throw result;
    };

    const ptsOf = (file: ArrivedFile, index: number): number => {
      if (times === 'rate') return Math.round((index * 1e6) / props.fps);
      if (times === 'arrival') return file.arrivedAt;
      firstModified ??= file.modifiedUs;
      return Math.max(0, file.modifiedUs - firstModified);
    };

    return {
      produce: async () => {
        begun ??= timeline.now;
        // Whoever asks for the next one has taken it.
        if (sent !== undefined) await put(sent, props.after === 'move' ? { folder: props.moveTo! } : props.after);
        sent = undefined;
        for (;;) {
          const read = await next();
          if (read === undefined) return undefined;
          const index = taken++;
          const found = await whole(read);
          if (found === undefined) {
            taken--;
            continue;
          }
          const { file, picture } = found;
          const { width, height } = picture;
          if (current.fields['width'] !== width || current.fields['height'] !== height) {
            current = { ...current, fields: { ...current.fields, width, height } };
            await context.setCaps('src', current);
          }
          const pts = ptsOf(file, index);
          const duration = times === 'rate' ? Math.round(((index + 1) * 1e6) / props.fps) - pts : undefined;
          context.position(pts + (duration ?? 0));
          const { slab, layout } = imageFrame(context.arena, picture, src.fields['format'] as VideoFormat);
          sent = file;
          const meta = { file: file.name };
          return new StreamBuffer<undefined>({ caps: current, pts, duration, slabs: [slab], bytes: layout.bytes, meta });
        }
      },
      stop: () => {
        stopped = true;
        clockWait.cutShort();
      },
      close: () => ahead.settle(),
    };
  },
});

function changing(path: string): MediaError {
  return new MediaError('media/changing', `Cannot read ${path}: it is being written to all the time; set watch, or move it elsewhere`);
}

/** Which files come in, of those that others may write there. */
function watchedBy(props: Props): WatchedFiles {
  const matches = fileGlob(props.match);
  const own = exceptOf(props, '/');
  return { folder: props.path, takes: (path) => matches(path) && !own.some((folder) => resolve('/', path).startsWith(folder + sep)) };
}

function timesOf({ pts, watch }: Props): 'rate' | 'arrival' | 'modified' {
  return pts ?? (watch ? 'arrival' : 'rate');
}

/** The folders in it whose files do not come again. */
function exceptOf({ moveTo, failedTo }: Props, folder: string): readonly string[] {
  return [moveTo, failedTo].flatMap((one) => (one === undefined ? [] : [resolve(folder, one)]));
}

function check({ path, after, moveTo }: Props, baseFolder: string): readonly Issue[] {
  if (after === 'move' && moveTo === undefined) {
    return [{ code: 'graph/missing-property', path: '/props/moveTo', message: 'after is move, and moveTo does not say where to' }];
  }
  const folder = resolve(baseFolder, path);
  if (isFolder(baseFolder, path)) return [];
  const message = isFile(baseFolder, path) ? `Cannot watch ${folder}: it is a file, not a folder` : `There is no folder ${folder}`;
  return [{ code: isFile(baseFolder, path) ? 'media/not-a-folder' : 'media/not-found', path: '/props/path', message }];
}

/** The size of the first picture that can be read. @throws The first one's fault where none can, unless others may come. */
async function firstSize(files: readonly FoundFile[], watch: boolean): Promise<{ readonly width: number; readonly height: number }> {
  let first: unknown;
  for (const { path } of files) {
    try {
      return await imageSize(path);
    } catch (error) {
      if (error instanceof MediaError && error.code.startsWith('media/library-')) throw error;
      first ??= error;
    }
  }
  if (watch) return ASSUMED;
  throw first;
}
