// Records what comes, with the time at which it comes, into a file that `replay` plays again, byte for byte.
//
// sink: anything whose values are plain. Kept are buffers with their payload, caps, gaps, where each source begins and ends, how its
// times are counted, and the end; the format is described in src/media/recording/recording-format.ts. What is replayed keeps the
// time at which it came while it was recorded, however fast it comes now: a recording of a replay is the recording that is
// replayed, byte for byte. The recording has at most `maxBytes`: what comes later is counted as `unrecorded`. A process that is
// killed leaves behind what can be replayed up to its last whole record. eos is reported when the file is durable.
//
// Errors: those of writing files (`media/…`), and `media/not-plain` for values that hold functions or instances of classes.
import { resolve } from 'node:path';
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import { anyMedia, sinkPad } from '../../core/element/pad-template.ts';
import { makeFolderOf } from '../../media/output/output-file.ts';
import { recordBuffer, recordCaps } from '../../media/recording/record-buffer.ts';
import { RecordingWriter } from '../../media/recording/recording-file.ts';
import { encodeRecord } from '../../media/recording/recording-format.ts';

const props = z.strictObject({
  path: z.string().min(1).meta({ description: 'The file; relative paths are relative to the current folder.' }),
  maxBytes: z
    .int()
    .min(1024)
    .default(2 ** 30)
    .meta({ description: 'How large the file may become; what comes after that is not recorded, and counted as `unrecorded`.' }),
});

/** Bytes that may wait for the disk before the stream has to. */
const WAITING = 2 ** 23;
/** Room that is kept for the last record. */
const LAST = 256;

export const record = defineElement({
  name: 'record',
  klass: 'Sink/File',
  summary: 'Records a stream with its times, to be replayed.',
  example: 'fake-source count=100 sizeBytes=64 ! record path=out/stream.leat',
  props,
  pads: { sink: sinkPad(anyMedia()) },
  files: ({ path }) => ({ writes: [path], makesFolders: true }),
  open: ({ props: { path }, context }) => {
    const file = resolve(context.outputFolder, path);
    context.writes(file);
    return {
      file,
      writer: undefined as RecordingWriter | undefined,
      startedAt: 0,
      isFull: false,
      left: 0,
      last: 0,
      replayed: new Map<string, number>(),
    };
  },
  close: ({ writer }) => writer?.close(),
  create: async ({ props: { path, maxBytes }, resource, caps: { sink }, context }) => {
    const { clock } = context;
    if (resource.writer === undefined) {
      // The file is touched when the whole graph has been found to fit together, not before.
      makeFolderOf(resource.file);
      resource.writer = await RecordingWriter.create(resource.file);
      resource.startedAt = clock.now();
      context.post('output', path);
    }
    const { writer } = resource;
    /** When something of a source came; where that is replayed, when it came while it was recorded, or what was before it. */
    const at = (source = '', recordedAt = resource.replayed.get(source)): number => {
      if (recordedAt !== undefined) resource.replayed.set(source, recordedAt);
      resource.last = recordedAt ?? clock.now() - resource.startedAt;
      return resource.last;
    };

    /** Whether there is room; says so once in the file where there is none. */
    const fits = (entry: Buffer): boolean => {
      if (resource.isFull) return false;
      if (writer.size + entry.length + LAST <= maxBytes) return true;
      resource.isFull = true;
      context.warn('media/recording-full', `${path} has reached ${maxBytes} bytes; what follows is not recorded`);
      return false;
    };

    const add = (entry: Buffer): void | Promise<void> => {
      const added = writer.add(entry);
      if (writer.waiting > WAITING) return added;
      // A failed write is told by the next that waits, or at the end.
      added.catch(() => {});
    };

    const begin = recordCaps(sink, resource.last);
    if (fits(begin)) await add(begin);
    return {
      render: (buffer) => {
        const entry = recordBuffer(buffer, at(buffer.source, buffer.meta.recordedAt));
        if (fits(entry)) return add(entry);
        resource.left++;
      },
      gap: (_pad, _until, { pts, duration, source, epoch, parts, recordedAt }) => {
        const entry = encodeRecord({ type: 'gap', at: at(source, recordedAt), pts, duration, source, epoch, parts });
        if (fits(entry)) void add(entry);
        return 'ok';
      },
      event: (_pad, { recordedAt, ...event }) => {
        const entry = encodeRecord({ ...event, at: at(event.source, recordedAt) });
        if (event.type === 'source-end') resource.replayed.delete(event.source);
        if (fits(entry)) void add(entry);
        return 'ok';
      },
      finish: async () => {
        if (resource.left > 0) context.post('unrecorded', resource.left);
        await writer.add(encodeRecord({ type: resource.isFull ? 'full' : 'eos', at: resource.last }));
        await writer.sync();
        await writer.close();
      },
    };
  },
});
