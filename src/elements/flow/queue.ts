// Decouples what is before it from what is behind it: a push returns as soon as the queue has room.
//
// sink, src: anything. Its properties are the limits and the policy of the queue; whichever limit is reached first makes it
// full. With a minimum it absorbs jitter: once it has run dry it lets nothing go before so much is inside. All of them may be
// changed while the graph runs. Drops are counted by cause: `overflow`, `stale`.
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../core/element/pad-template.ts';
import { flawOf, queueOptions } from '../../core/queue/queue-options.ts';

const { onFull, maxAgeMs, ...limits } = queueOptions.shape;

const props = z
  .strictObject({
    ...limits,
    // What is not said follows from whether the source can be held back.
    onFull: onFull
      .unwrap()
      .optional()
      .meta({
        description: `${onFull.meta()!.description} Default: dropOldest behind a live source, else block.`,
      }),
    maxAgeMs: maxAgeMs
      .unwrap()
      .optional()
      .meta({
        description: `${maxAgeMs.meta()!.description} Default: 1000 behind a live source unless onFull is block, else 0.`,
      }),
  })
  .check(({ value, issues }) => {
    const limits = queueOptions.safeParse(value);
    // What is wrong with one of them is said of that one.
    const message = limits.success ? flawOf(limits.data) : undefined;
    if (message !== undefined) issues.push({ code: 'custom', message, input: value });
  });

export const queue = defineElement({
  name: 'queue',
  klass: 'Flow/Queue',
  summary: 'Holds buffers until whoever is behind it takes them.',
  example: 'fake-source count=100 ! queue maxBuffers=4 onFull=dropOldest ! fake-sink',
  props,
  pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) },
  memoryless: true,
  queued: ({ onFull, maxAgeMs, ...limits }) => ({
    ...limits,
    ...(onFull === undefined ? {} : { onFull }),
    ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
  }),
  // The queue itself is the framework's, which takes over what `queued` says of the new ones.
  create: () => ({ transform: (buffer) => buffer, update: () => {} }),
});
