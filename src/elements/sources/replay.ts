// Plays what `record` has written: the same buffers with the same bytes, at the recorded times, or faster, or as fast as they are
// taken.
//
// src: what was recorded, caps and changes of caps included; the buffers keep their source, epoch, sequence and pts,
// and every source begins and ends where it did; each says when it came while it was recorded (`recordedAt`). With `speed`
// 1 each comes as long after the first as it did when it was recorded, by the pipeline's clock. Errors: `media/not-recording`;
// a recording that breaks off, as that of a killed process, is played up to there, with the warning `media/recording-damaged`.
import { resolve } from 'node:path';
import { z } from 'zod';
import type { FixedCaps } from '../../core/caps/caps.ts';
import { checkInputFile } from '../../core/check-input-file.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { anyMedia, srcPad } from '../../core/element/pad-template.ts';
import { StreamBuffer } from '../../core/stream/buffer.ts';
import { ClockWait } from '../../core/time/clock-wait.ts';
import { MediaError } from '../../media/media-error.ts';
import { decodeValue } from '../../media/recording/recorded-value.ts';
import { type ReadRecord, RecordingReader } from '../../media/recording/recording-file.ts';
import type { Slab } from '../../memory/slab.ts';

const props = z.strictObject({
  path: z.string().min(1).meta({ description: 'The recording; relative paths are relative to the graph.' }),
  speed: z
    .number()
    .min(0)
    .default(1)
    .meta({ description: 'How fast: 1 as it was recorded, 100 a hundred times as fast, 0 as fast as it is taken.' }),
});

export const replay = defineElement({
  name: 'replay',
  klass: 'Source/File',
  summary: 'Plays a recording, byte for byte, at any speed.',
  example: 'replay path=out/stream.leat speed=100 ! fake-sink',
  props,
  pads: { src: srcPad(anyMedia()) },
  deterministic: true,
  announces: true,
  files: ({ path }) => ({ reads: [path] }),
  check: ({ props: { path }, baseFolder }) => checkInputFile(baseFolder, path, '/props/path'),
  open: async ({ props: { path }, context }) => {
    const file = resolve(context.baseFolder, path);
    context.reads(file);
    const reader = await RecordingReader.open(file);
    const first = await reader.next();
    if (typeof first === 'string' || first.header.type !== 'caps') {
      await reader.close();
      throw new MediaError('media/not-recording', `Cannot replay ${file}: it breaks off before it says what it holds`);
    }
    return { file, reader, caps: decodeValue(first.header.caps, []) as FixedCaps };
  },
  close: ({ reader }) => reader.close(),
  negotiate: { srcCaps: ({ resource }) => (resource === undefined ? 'any' : [resource.caps]) },
  create: ({ props: { path, speed }, resource: { reader }, caps: { src }, context }) => {
    const { arena, clock, signal } = context;
    let startedAt: number | undefined;
    let caps = src;
    let seen = false;
    let stopped = false;
    const clockWait = new ClockWait(context);
    reader.rewind();

    /** Resolves when what was recorded at a time is due, or when the source is stopped. */
    const due = (at: number): void | Promise<void> => {
      startedAt ??= clock.now();
      const time = speed === 0 ? 0 : startedAt + Math.round(at / speed);
      if (time <= clock.now()) return;
      return clockWait.until(time);
    };

    const bufferOf = ({ header, slabs }: ReadRecord): StreamBuffer => {
      if (header.type !== 'buffer') throw new TypeError(`A record of the type ${header.type} is no buffer`);
      const own: Slab[] = slabs.map((bytes) => {
        const slab = arena.allocate(bytes.length);
        arena.bytes(slab.offset, bytes.length).set(bytes);
        return slab;
      });
      const { value, meta } = header;
      return new StreamBuffer({
        ...header,
        caps,
        slabs: own,
        value: decodeValue(value, own),
        meta: { ...(meta === undefined ? {} : (decodeValue(meta, own) as object)), recordedAt: header.at },
      });
    };

    return {
      produce: async () => {
        for (;;) {
          if (stopped || signal.aborted) return undefined;
          const record = await reader.next();
          if (record === 'end' || record === 'damaged') {
            context.warn('media/recording-damaged', `${path} breaks off; what comes before that was played`);
            return undefined;
          }
          const { header } = record;
          await due(header.at);
          if (stopped || signal.aborted) return undefined;
          if (header.type === 'buffer') return bufferOf(record);
          if (header.type === 'gap') await context.gap('src', { ...header, recordedAt: header.at });
          if (header.type === 'stream-start' || header.type === 'segment' || header.type === 'source-end') {
            const { at, ...event } = header;
            await context.event('src', { ...event, recordedAt: at });
          }
          if (header.type === 'eos' || header.type === 'full') return undefined;
          if (header.type === 'caps') {
            if (seen) {
              caps = decodeValue(header.caps, []) as FixedCaps;
              await context.setCaps('src', caps);
            }
            seen = true;
          }
        }
      },
      stop: () => {
        stopped = true;
        clockWait.cutShort();
      },
    };
  },
});
