// Decouples what is before it from what is behind it: a push returns as soon as the queue has room.
//
// sink, src: anything. Its properties are the limits and the policy of the queue; whichever limit is reached first makes it
// full. With a minimum it absorbs jitter: once it has run dry it lets nothing go before so much is inside. All of them may be
// changed while the graph runs. Drops are counted by cause: `overflow`, `stale`.
import { z } from 'zod';
import { defineElement } from '../../core/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../core/pad-template.ts';
import { flawOf, queueOptions } from '../../core/queue-options.ts';

const props = z.strictObject(queueOptions.shape).check(({ value, issues }) => {
  const message = flawOf(value);
  if (message !== undefined) issues.push({ code: 'custom', message, input: value });
});

export const queue = defineElement({
  name: 'queue',
  klass: 'Flow/Queue',
  summary: 'Holds buffers until whoever is behind it takes them.',
  example: 'fake-source count=100 ! queue maxBuffers=4 onFull=dropOldest ! fake-sink',
  props,
  pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) },
  queued: (props) => props,
  // The queue itself is the framework's, which takes over what `queued` says of the new ones.
  create: () => ({ transform: (buffer) => buffer, update: () => {} }),
});
