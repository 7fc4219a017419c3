// Reads a file of text line by line, and, with `follow`, what is added to it later, as tail -F does.
//
// src: text, a line a buffer, without what ends it. `value.line` counts from 1, where it began at the file's beginning. Of a line longer than `maxLineBytes` the beginning is
// given, with `isCut`; one with bytes that are no text in the encoding is marked corrupt, and has U+FFFD for them. A last line without
// an end is given at the end of the file, and while the file is followed only once it has one.
//
// A followed file that is cut short, or has another one in its place (rotated logs), is read from its beginning, in a new epoch; what
// was left of the old one comes first. While nothing is added the pad is told at every look how far time has come.
//
// Errors: `media/not-found`, `media/not-a-file`, `media/permission-denied`, `media/unreadable`; told: `media/file-replaced`.
import { resolve } from 'node:path';
import { z } from 'zod';
import { caps } from '../../core/caps/caps.ts';
import { checkInputFile } from '../../core/check-input-file.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { srcPad } from '../../core/element/pad-template.ts';
import { StreamBuffer } from '../../core/stream/buffer.ts';
import { ClockWait } from '../../core/time/clock-wait.ts';
import { text } from '../../media/media-types.ts';
import { FollowedFile } from '../../media/text/followed-file.ts';
import { lineProps } from '../../media/text/line-props.ts';
import { type LineSplitter, lineSplitter, type RawLine } from '../../media/text/line-splitter.ts';
import { decodeText, encodingOf, MARK_BYTES, TEXT_ENCODINGS, type TextEncoding, unitOf } from '../../media/text/text-encoding.ts';
import type { TextItem } from '../../media/text/text-item.ts';

const props = z.strictObject({
  path: z.string().min(1).meta({ description: 'The file; relative paths are relative to the graph.' }),
  follow: z.boolean().default(false).meta({ description: 'Goes on with lines that are added later, until it is stopped.' }),
  from: z.enum(['start', 'end']).default('start').meta({ description: 'Where it begins; end gives only lines that begin later.' }),
  pollMs: z
    .number()
    .min(1)
    .max(3_600_000)
    .default(250)
    .meta({ description: 'How often it looks for more, with `follow`, in milliseconds.' }),
  encoding: z
    .enum(['auto', ...TEXT_ENCODINGS])
    .default('auto')
    .meta({ description: 'How the text is written. auto goes by the mark at its beginning, and takes it for utf-8 without one.' }),
  ...lineProps,
  pts: z.enum(['rate', 'arrival']).optional().meta({
    description:
      'Times of the lines. rate: 1/linesPerSecond from one to the next; arrival: when it was read, since the source began. Default: arrival with `follow`, else rate.',
  }),
  linesPerSecond: z
    .number()
    .min(0.001)
    .max(1_000_000)
    .default(1)
    .meta({ description: 'Lines a second of stream time, with times by rate.' }),
});

export const textLinesSource = defineElement({
  name: 'text-lines-source',
  klass: 'Source/Text/File',
  summary: 'Reads a file of text line by line, and what is added to it.',
  example: 'text-lines-source path=README.md ! fake-sink',
  props,
  pads: { src: srcPad(text()) },
  // A file without lines is none that cannot be read.
  files: ({ path }) => ({ reads: [path] }),
  check: ({ props: { path }, baseFolder }) => checkInputFile(baseFolder, path, '/props/path').filter(({ code }) => code !== 'media/empty'),
  open: ({ props: { path }, context }) => {
    const file = resolve(context.baseFolder, path);
    context.reads(file);
    return FollowedFile.open(file);
  },
  close: (file) => file.close(),
  negotiate: { srcCaps: () => caps('text') },
  create: ({ props, resource: file, caps: { src }, context }) => {
    const { follow, maxLineBytes, linesPerSecond } = props;
    const times = props.pts ?? (follow ? 'arrival' : 'rate');
    const clockWait = new ClockWait(context);
    const { timeline, clock } = context;
    let splitter: LineSplitter | undefined;
    let encoding: TextEncoding = 'utf-8';
    let begun: number | undefined;
    let line = 0;
    let given = 0;
    let epoch = 0;
    let discont = false;
    let wasEmpty = false;
    let hasEnded = false;
    let stopped = false;
    /** What was begun before it was told to begin at the end. */
    let skipsFirst = false;

    const isOver = (): boolean => stopped || hasEnded || context.signal.aborted;

    /** Begins at the file's beginning, or at its end. */
    const begin = async (from: 'start' | 'end'): Promise<LineSplitter> => {
      const found = encodingOf(await file.first(MARK_BYTES), props.encoding);
      encoding = found.encoding;
      const size = await file.size();
      const unit = unitOf(encoding);
      // One back, to see whether a line has just begun.
      const end = size - ((size - found.markBytes) % unit) - unit;
      skipsFirst = from === 'end' && end >= found.markBytes;
      file.goTo(skipsFirst ? end : found.markBytes);
      return lineSplitter(encoding, maxLineBytes);
    };

    /** Nobody knows how many lines are before the end of a file. */
    const isCounted = (): boolean => epoch > 0 || props.from === 'start';

    const bufferOf = ({ bytes, isCut }: RawLine): StreamBuffer<TextItem> | undefined => {
      line++;
      if (props.skipEmpty && bytes.length === 0) return undefined;
      const { text, isDamaged } = decodeText(bytes, encoding, isCut);
      const value: TextItem = { text, ...(isCounted() ? { line } : {}), ...(isCut ? { isCut } : {}) };
      const pts = times === 'arrival' ? timeline.now - begun! : Math.round((given * 1e6) / linesPerSecond);
      given++;
      const duration = times === 'arrival' ? undefined : Math.round((given * 1e6) / linesPerSecond) - pts;
      const buffer = new StreamBuffer({ caps: src, pts, duration, value, bytes: bytes.length, epoch, discont, corrupt: isDamaged });
      discont = false;
      return buffer;
    };

    /** The next line of what has been read. */
    const ready = (): StreamBuffer<TextItem> | undefined => {
      for (let raw = splitter?.next(); raw !== undefined; raw = splitter?.next()) {
        const wanted = !skipsFirst;
        skipsFirst = false;
        const buffer = wanted ? bufferOf(raw) : undefined;
        if (buffer !== undefined) return buffer;
      }
      return undefined;
    };

    const rest = (): StreamBuffer<TextItem> | undefined => {
      const raw = skipsFirst ? undefined : splitter?.rest();
      return raw === undefined ? undefined : bufferOf(raw);
    };

    /** Goes over to what is in the file's place by now; gives what was left of the old one. */
    const goOver = async (how: 'replaced' | 'cut'): Promise<StreamBuffer<TextItem> | undefined> => {
      const what = how === 'cut' ? 'was cut short' : 'has another one in its place';
      context.info('media/file-replaced', `${props.path} ${what}, which is read from its beginning`);
      await file.begin();
      const last = how === 'replaced' ? rest() : undefined;
      splitter = undefined;
      skipsFirst = false;
      line = 0;
      epoch++;
      discont = true;
      return last;
    };

    const next = async (): Promise<StreamBuffer<TextItem> | undefined> => {
      let state: 'same' | 'replaced' | 'cut' = 'same';
      while (!isOver()) {
        begun ??= timeline.now;
        // Of an empty file nobody knows how it will be written, and all that comes is new.
        if (splitter === undefined && follow && (await file.size()) === 0) wasEmpty = true;
        else splitter ??= await begin(epoch === 0 && !wasEmpty ? props.from : 'start');
        const buffer = ready();
        if (buffer !== undefined) return buffer;
        const chunk = state === 'cut' ? undefined : await file.read();
        if (chunk !== undefined && splitter !== undefined) splitter.push(chunk);
        else if (!follow) {
          hasEnded = true;
          return rest();
        } else if (state !== 'same') {
          const last = await goOver(state);
          if (last !== undefined) return last;
          state = 'same';
        } else {
          if (times === 'arrival') await context.gap('src', { pts: timeline.now - begun, duration: 0, source: context.name, epoch });
          await context.waiting(clockWait.until(clock.now() + props.pollMs * 1000));
          if (!isOver()) state = await file.look();
        }
      }
      return undefined;
    };
    return {
      produce: () => ready() ?? next(),
      stop: () => {
        stopped = true;
        clockWait.cutShort();
      },
    };
  },
});
