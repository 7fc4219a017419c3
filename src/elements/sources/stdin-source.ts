// Reads what is piped into the program: lines of text, or raw frames and tensors one right behind the other.
//
// src: text, a line a buffer, as text-lines-source gives them; or, with `format: raw`, what `caps` says: frames of video/raw with their
// rows packed (as FFmpeg's rawvideo), tensors in C order, or pieces of `bufferBytes` of anything else. Nothing is read before it is
// wanted: who writes into the pipe waits. Data that breaks off in a buffer is told after the last whole one.
//
// There is one standard input: one source reads it, and not `--control -` beside it.
//
// Errors: `media/input-taken`, `media/truncated`, `media/unreadable`.
import { z } from 'zod';
import { type FixedCaps, fixateCaps, formatCaps, isFixedCaps } from '../../core/caps/caps.ts';
import { readCaps } from '../../core/caps/parse-caps.ts';
import { writtenCaps } from '../../core/caps/written-caps.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { anyMedia, srcPad } from '../../core/element/pad-template.ts';
import type { Issue } from '../../core/errors.ts';
import { StreamBuffer } from '../../core/stream/buffer.ts';
import { packedLayout, type RawPayload } from '../../media/copy-payload.ts';
import { leaveStandardInput, takeStandardInput } from '../../media/files/standard-input.ts';
import { MediaError } from '../../media/media-error.ts';
import { text } from '../../media/media-types.ts';
import { lineProps } from '../../media/text/line-props.ts';
import { type LineSplitter, lineSplitter, type RawLine } from '../../media/text/line-splitter.ts';
import { decodeText, encodingOf, MARK_BYTES, TEXT_ENCODINGS, type TextEncoding } from '../../media/text/text-encoding.ts';
import type { TextItem } from '../../media/text/text-item.ts';
import type { Slab } from '../../memory/slab.ts';

const props = z.strictObject({
  format: z.enum(['lines', 'raw']).default('lines').meta({ description: 'Whether lines of text come, or bytes.' }),
  caps: writtenCaps().optional().meta({
    description: 'What the bytes are, for `format: raw`, such as `video/raw(format=RGB, width=640, height=480)`, or JSON.',
  }),
  bufferBytes: z
    .int()
    .min(1)
    .max(2 ** 31)
    .optional()
    .meta({
      description: 'Bytes of a buffer, for `format: raw` and caps that do not say it: those of neither video/raw nor tensor.',
    }),
  encoding: z
    .enum(['auto', ...TEXT_ENCODINGS])
    .default('auto')
    .meta({ description: 'How the lines are written. auto goes by the mark at the beginning, and takes them for utf-8 without one.' }),
  ...lineProps,
  live: z.boolean().default(false).meta({ description: 'What comes happens now, and cannot be held back.' }),
  pts: z.enum(['rate', 'arrival']).optional().meta({
    description:
      'Times of the buffers. rate: 1/fps from one to the next; arrival: since the source began. Default: arrival with `live`, else rate.',
  }),
  fps: z.number().min(0.001).max(1_000_000).default(30).meta({ description: 'Buffers a second of stream time, with times by rate.' }),
});

type Props = z.output<typeof props>;

const capsOf = ({ format, caps }: Props): FixedCaps => (format === 'lines' ? fixateCaps(text().caps)! : fixateCaps(readCaps(caps))!);

export const stdinSource = defineElement({
  name: 'stdin-source',
  klass: 'Source/Pipe',
  summary: 'Reads lines of text, raw frames or tensors that are piped into the program.',
  example:
    'stdin-source format=raw caps="video/raw(format=RGB, width=640, height=480)" ! letterbox ! onnx-inference model=model.onnx ! fake-sink',
  props,
  needsMainThread: 'the standard input is that of the whole program',
  pads: { src: srcPad(anyMedia()) },
  live: ({ live }) => live,
  check: ({ props }) => check(props),
  open: ({ props, context }) => {
    const [issue] = check(props);
    if (issue !== undefined) throw new MediaError(issue.code, issue.message);
    return takeStandardInput(context.name);
  },
  close: leaveStandardInput,
  negotiate: { srcCaps: ({ props }) => (check(props).length > 0 ? 'any' : [capsOf(props)]) },
  create: ({ props, resource: reader, caps: { src }, context }) => {
    const { timeline, signal } = context;
    const times = props.pts ?? (props.live ? 'arrival' : 'rate');
    let begun: number | undefined;
    let given = 0;
    const timed = (): { pts: number; duration: number | undefined } => {
      if (times === 'arrival') return { pts: timeline.now - begun!, duration: undefined };
      const timeOf = (index: number): number => Math.round((index * 1e6) / props.fps);
      return { pts: timeOf(given), duration: timeOf(given + 1) - timeOf(given++) };
    };
    const cutShort = (): void => reader.cutShort();
    signal.addEventListener('abort', cutShort);
    const next = (): Buffer | undefined | Promise<Buffer | undefined> => {
      const piece = reader.next();
      return piece instanceof Promise ? context.waiting(piece) : piece;
    };

    let splitter: LineSplitter | undefined;
    let encoding: TextEncoding = 'utf-8';
    let line = 0;
    const lineBuffer = ({ bytes, isCut }: RawLine): StreamBuffer<TextItem> | undefined => {
      line++;
      if (props.skipEmpty && bytes.length === 0) return undefined;
      const { text, isDamaged } = decodeText(bytes, encoding, isCut);
      const value: TextItem = { text, line, ...(isCut ? { isCut } : {}) };
      return new StreamBuffer({ caps: src, ...timed(), value, bytes: bytes.length, corrupt: isDamaged });
    };
    const readyLine = (): StreamBuffer<TextItem> | undefined => {
      for (let raw = splitter?.next(); raw !== undefined; raw = splitter?.next()) {
        const buffer = lineBuffer(raw);
        if (buffer !== undefined) return buffer;
      }
      return undefined;
    };
    /** The first piece, long enough to tell how the text is written, where there is so much. */
    const firstPiece = async (): Promise<Buffer> => {
      let first: Buffer = Buffer.alloc(0);
      while (first.length < MARK_BYTES) {
        const piece = await next();
        if (piece === undefined) break;
        first = Buffer.concat([first, piece]);
        // Only marks have to be waited for.
        if (first[0]! < 0xef) break;
      }
      return first;
    };
    const nextLine = async (): Promise<StreamBuffer<TextItem> | undefined> => {
      begun ??= timeline.now;
      if (splitter === undefined) {
        const first = await firstPiece();
        const found = encodingOf(first, props.encoding);
        encoding = found.encoding;
        splitter = lineSplitter(encoding, props.maxLineBytes);
        splitter.push(first.subarray(found.markBytes));
      }
      for (;;) {
        const buffer = readyLine();
        if (buffer !== undefined) return buffer;
        const piece = await next();
        if (piece === undefined) break;
        splitter.push(piece);
      }
      const rest = reader.isCutShort ? undefined : splitter.rest();
      return rest === undefined ? undefined : lineBuffer(rest);
    };
    if (props.format === 'lines') {
      return { produce: () => readyLine() ?? nextLine(), stop: cutShort, close: () => signal.removeEventListener('abort', cutShort) };
    }

    const payload = packedLayout(src) ?? { packed: props.bufferBytes!, bytes: props.bufferBytes!, unpack: undefined };
    /** What has come of the next buffer already. */
    let left: Buffer = Buffer.alloc(0);
    const nextRaw = async (): Promise<StreamBuffer | undefined> => {
      begun ??= timeline.now;
      const slab = context.arena.allocate(payload.bytes);
      try {
        const missing = await fill(slab, payload);
        if (missing === 0) return new StreamBuffer({ caps: src, ...timed(), slabs: [slab], bytes: payload.bytes });
        slab.release();
        if (missing === payload.packed || reader.isCutShort) return undefined;
      } catch (error) {
        slab.release();
        throw error;
      }
      const found = payload.packed - left.length;
      throw new MediaError('media/truncated', `The standard input breaks off ${found} bytes before the end of buffer ${given + 1}`);
    };
    /** Gives how many bytes were not there to be had. */
    const fill = async (slab: Slab, { packed, bytes, unpack }: RawPayload): Promise<number> => {
      const target = context.arena.bytes(slab.offset, bytes);
      const room = unpack === undefined ? target : Buffer.alloc(packed);
      let at = 0;
      for (;;) {
        const piece = left.length > 0 ? left : await next();
        if (piece === undefined) break;
        const part = piece.subarray(0, packed - at);
        room.set(part, at);
        at += part.length;
        left = piece.subarray(part.length);
        if (at === packed) break;
      }
      if (at === packed) unpack?.(room, target);
      return packed - at;
    };
    return { produce: nextRaw, stop: cutShort, close: () => signal.removeEventListener('abort', cutShort) };
  },
});

function check({ format, caps, bufferBytes }: Props): readonly Issue[] {
  if (format === 'lines') return [];
  if (caps === undefined) {
    return [{ code: 'graph/missing-property', path: '/props/caps', message: 'format is raw, and caps does not say what the bytes are' }];
  }
  const read = readCaps(caps);
  if (!isFixedCaps(read)) {
    const message = `caps has to leave nothing open where bytes are read, found ${formatCaps(read)}`;
    return [{ code: 'graph/bad-caps', path: '/props/caps', message }];
  }
  if (packedLayout(fixateCaps(read)!) !== undefined || bufferBytes !== undefined) return [];
  const message = `${formatCaps(read)} does not say how many bytes a buffer has; set bufferBytes`;
  return [{ code: 'graph/missing-property', path: '/props/bufferBytes', message }];
}
