// The program's own sink: whatever reaches it goes to the program.
//
// sink: what `caps` allows. `pipeline.resource(name)` gives an AppSink once the pipeline is open: an async iterable, or a place
// for a callback. A buffer is valid until the next is asked for (`retain` keeps it longer, `release` must follow). Until the
// program reads, buffers wait in the queue before the sink, which holds the graph back or drops the oldest, as `onFull` says.
// When the graph fails, the iteration throws what it failed of.
//
// Errors: `app/read-already` for a second reader.
import { z } from 'zod';
import { readCaps } from '../../core/caps/parse-caps.ts';
import { writtenCaps } from '../../core/caps/written-caps.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { anyMedia, sinkPad } from '../../core/element/pad-template.ts';
import { AppReader } from './app-reader.ts';

const props = z.strictObject({
  caps: writtenCaps()
    .default('anything')
    .meta({ description: 'What the program takes: as text such as `video/raw(format=RGB)`, or as JSON with `media` and `fields`.' }),
  maxBuffers: z.int().min(1).max(4096).default(4).meta({ description: 'How many buffers wait for the program.' }),
  onFull: z
    .enum(['block', 'dropOldest', 'dropNewest'])
    .default('block')
    .meta({ description: 'What happens when the program is too slow: the graph waits, or the oldest or the newest buffer is dropped.' }),
});

export const appSink = defineElement({
  name: 'app-sink',
  klass: 'Sink/App',
  summary: 'Gives buffers to the program that runs the graph.',
  example: 'fake-source count=10 ! app-sink',
  props,
  needsMainThread: 'what reads it is the program, whose functions are in its own thread',
  pads: { sink: sinkPad(anyMedia()) },
  queued: ({ maxBuffers, onFull }) => ({ maxBuffers, onFull }),
  open: ({ context }) => new AppReader(context.name, context.signal),
  negotiate: { sinkCaps: ({ props }) => readCaps(props.caps) },
  create: ({ resource: reader, context }) => ({
    render: (buffer) => reader.render(buffer),
    finish: () => {
      if (reader.unread > 0) context.post('unread', reader.unread);
      reader.finish();
    },
  }),
});
