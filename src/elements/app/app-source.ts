// The program's own source: whatever the program pushes into it flows into the graph.
//
// src: what `caps` says. `pipeline.resource(name)` gives an AppSource once the pipeline is open. It holds a few buffers; a
// push into a full one waits, and buffers of other caps than the last renegotiate on their way.
//
// Errors, from push: `app/ended`, `app/not-awaited`, `app/wrong-size`.
import { z } from 'zod';
import { fixateCaps, sameCaps } from '../../core/caps/caps.ts';
import { readCaps } from '../../core/caps/parse-caps.ts';
import { writtenCaps } from '../../core/caps/written-caps.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { anyMedia, srcPad } from '../../core/element/pad-template.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import { AppFeed } from './app-feed.ts';

const props = z.strictObject({
  caps: writtenCaps().default('application/octet-stream').meta({
    description: 'What is pushed: as text such as `video/raw(format=RGB, width=640, height=480)`, or as JSON with `media` and `fields`.',
  }),
  maxBuffers: z.int().min(1).max(4096).default(4).meta({ description: 'How many buffers it holds before a push waits.' }),
  live: z.boolean().default(false).meta({ description: 'What is pushed happens now, and cannot be held back.' }),
});

const capsOf = (written: unknown) => fixateCaps(readCaps(written)) ?? { media: 'application/octet-stream', fields: {} };

export const appSource = defineElement({
  name: 'app-source',
  klass: 'Source/App',
  summary: 'Takes buffers from the program that runs the graph.',
  example: 'app-source caps="video/raw(format=RGB, width=640, height=480)" ! fake-sink',
  props,
  needsMainThread: 'what is pushed into it comes from the program, whose functions are in its own thread',
  pads: { src: srcPad(anyMedia()) },
  live: ({ live }) => live,
  open: ({ props, context }) => new AppFeed(capsOf(props.caps), props.maxBuffers, context),
  close: (feed) => feed.close(),
  negotiate: { srcCaps: ({ props }) => [capsOf(props.caps)] },
  create: ({ resource: feed, context }) => {
    let current = feed.caps;
    const announce = (buffer: StreamBuffer | undefined): StreamBuffer | undefined | Promise<StreamBuffer> => {
      if (buffer === undefined || buffer.caps === current || sameCaps(buffer.caps, current)) return buffer;
      current = buffer.caps;
      return Promise.resolve(context.setCaps('src', current)).then(() => buffer);
    };
    return {
      produce: () => {
        const buffer = feed.next();
        return buffer instanceof Promise ? buffer.then(announce) : announce(buffer);
      },
      stop: () => feed.close(),
      flush: () => feed.close(),
    };
  },
});
