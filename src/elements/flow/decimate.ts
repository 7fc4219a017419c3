// Lets every Nth buffer through, counted for each source and epoch by itself; a gap stands for each of the others.
//
// sink, src: anything. The first buffer of a source always passes. Drops are counted as `decimated`.
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../core/element/pad-template.ts';

const props = z.strictObject({
  every: z.int().min(1).default(2).meta({ description: 'Passes one buffer of this many of each source; 1 passes all.' }),
});

export const decimate = defineElement({
  name: 'decimate',
  klass: 'Flow/Rate',
  summary: 'Lets every Nth buffer of each source through.',
  example: 'fake-source count=100 ! decimate every=5 ! fake-sink',
  props,
  pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) },
  // Counted on across changes of caps.
  open: () => ({ counts: new Map<string, { epoch: number; seen: number }>() }),
  create: ({ props, resource: { counts } }) => {
    let { every } = props;
    return {
      dropCause: 'decimated',
      transform: (buffer) => {
        let count = counts.get(buffer.source);
        if (count === undefined || count.epoch !== buffer.epoch) {
          count = { epoch: buffer.epoch, seen: 0 };
          counts.set(buffer.source, count);
        }
        return count.seen++ % every === 0 ? buffer : undefined;
      },
      sourceEnded: (_pad, { source }) => {
        counts.delete(source);
      },
      update: (next) => {
        every = next.every;
      },
    };
  },
});
