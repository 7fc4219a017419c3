// Writes what it gets as JSON Lines, one object per buffer, to a file or to standard output.
//
// sink: detections and classifications, each as its media type's record says (src/media/output/media-record.ts, schemas/); any other
// media type whose buffers hold a value, as { version, source, epoch, frame, ptsUs, value }. Lines stand under the file's final
// name from the first on: whatever happens, what has been written can be read. eos is reported when the file is durable.
//
// Errors: `media/folder-missing`, `media/permission-denied`, `media/is-folder`, `media/disk-full`, `media/same-file` where
// another element reads or writes the file, `media/reader-gone` where standard output is closed, `media/no-value` for media
// whose buffers hold bytes alone.
import { resolve } from 'node:path';
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import type { ElementContext } from '../../core/element/element-context.ts';
import { anyMedia, sinkPad } from '../../core/element/pad-template.ts';
import { MediaError } from '../../media/media-error.ts';
import { type LineWriter, openLineFile, openLineOutput } from '../../media/output/line-writer.ts';
import { recordOf } from '../../media/output/media-record.ts';
import { makeFolderOf } from '../../media/output/output-file.ts';

const props = z.strictObject({
  path: z.string().min(1).meta({ description: 'The file, or - for standard output; relative paths are relative to the current folder.' }),
  append: z.boolean().default(false).meta({ description: 'Adds to a file that is there already instead of emptying it.' }),
  mkdir: z.boolean().default(true).meta({ description: "Makes the file's folder, and those above it, where they are missing." }),
});

/** Media whose buffers are bytes in slabs, of which a line could say nothing. */
const WITHOUT_VALUE = ['video/raw', 'audio/raw', 'tensor', 'tensors', 'point-cloud'];

/** Runs of this sink that have begun their file. */
const begun = new WeakSet<ElementContext>();

export const jsonLinesSink = defineElement({
  name: 'json-lines-sink',
  klass: 'Sink/File',
  summary: 'Writes detections, or other values, as JSON Lines.',
  example: 'video-test-source count=100 ! letterbox ! onnx-inference model=models/shapes ! detection-decoder ! json-lines-sink path=-',
  props,
  pads: { sink: sinkPad(anyMedia()) },
  files: ({ path, mkdir }) => (path === '-' ? {} : { writes: [path], makesFolders: mkdir }),
  open: ({ props: { path, append, mkdir }, context }) => {
    if (path === '-') return { start: async () => openLineOutput(context.standardOutput), started: undefined as LineWriter | undefined };
    const file = resolve(context.outputFolder, path);
    context.writes(file);
    // The file is touched when the whole graph has been found to fit together, not before.
    const start = (): Promise<LineWriter> => {
      if (mkdir) makeFolderOf(file);
      context.post('output', path);
      // Restarted after a fault, it goes on behind what it has written.
      const isRestarted = begun.has(context);
      begun.add(context);
      return openLineFile(file, { append: append || isRestarted });
    };
    return { start, started: undefined as LineWriter | undefined };
  },
  close: ({ started }) => started?.close(),
  create: async ({ resource, caps: { sink } }) => {
    if (WITHOUT_VALUE.includes(sink.media)) {
      const message = `Cannot write ${sink.media} as JSON Lines: its buffers hold no value; put an element before it that finds something in them`;
      throw new MediaError('media/no-value', message);
    }
    resource.started ??= await resource.start();
    const writer = resource.started;
    const record = recordOf(sink.media);
    return {
      render: (buffer) => writer.write(JSON.stringify(record(buffer), plainOf)),
      finish: () => writer.finish(),
    };
  },
});

/** Typed arrays as lists, rather than as objects with an index for each number. */
function plainOf(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  return ArrayBuffer.isView(value) && !(value instanceof DataView) ? Array.from(value as Uint8Array) : value;
}
