// Decouples what is before it from what is behind it: a push returns as soon as the queue has room.
//
// sink, src: anything. Its properties are the limits and the policy of the queue; whichever limit is reached first makes it
// full. Drops are counted by cause: `overflow`, `stale`.
import { z } from 'zod';
import { defineElement } from '../../core/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../core/pad-template.ts';
import { queueOptions } from '../../core/queue-options.ts';

const props = z
  .strictObject(queueOptions.shape)
  .refine(({ maxBuffers, maxBytes, maxTimeMs }) => maxBuffers > 0 || maxBytes > 0 || maxTimeMs > 0, {
    message: 'Expected a limit: maxBuffers, maxBytes and maxTimeMs cannot all be 0',
  });

export const queue = defineElement({
  name: 'queue',
  klass: 'Flow/Queue',
  summary: 'Holds buffers until whoever is behind it takes them.',
  example: 'fake-source count=100 ! queue maxBuffers=4 onFull=dropOldest ! fake-sink',
  props,
  pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) },
  queued: (props) => props,
  create: () => ({ transform: (buffer) => buffer }),
});
