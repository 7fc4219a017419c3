// Thins a stream out: after each buffer that passes none passes for a while, in stream time.
//
// sink, src: anything. Each source and epoch by itself; the first buffer always passes. Drops are counted as `throttled`, and a
// gap stands for each. Upstream is told what will not pass, so that nobody works on it: what is left out there counts as `skipped`.
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../core/element/pad-template.ts';

const props = z.strictObject({
  intervalMs: z.number().min(0).default(100).meta({
    description: 'The least stream time from one buffer to the next, in milliseconds; 0 passes all. May be changed while the graph runs.',
  }),
});

export const throttle = defineElement({
  name: 'throttle',
  klass: 'Flow/Rate',
  summary: 'Keeps a minimum interval from one buffer of a source to the next.',
  example: 'fake-source count=100 ! throttle intervalMs=200 ! fake-sink',
  props,
  pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) },
  open: () => ({ passed: new Map<string, { epoch: number; pts: number }>() }),
  create: ({ props, resource: { passed }, context }) => {
    let interval = Math.round(props.intervalMs * 1000);
    return {
      dropCause: 'throttled',
      transform: (buffer) => {
        const { source, epoch, pts } = buffer;
        const last = passed.get(source);
        if (last !== undefined && last.epoch === epoch && pts < last.pts + interval) return undefined;
        passed.set(source, { epoch, pts });
        if (interval > 0) context.needs({ source, epoch, pts: pts + interval });
        return buffer;
      },
      sourceEnded: (_pad, { source }) => {
        passed.delete(source);
      },
      update: ({ intervalMs }) => {
        interval = Math.round(intervalMs * 1000);
        for (const [source, { epoch, pts }] of passed) context.needs({ source, epoch, pts: pts + interval });
      },
    };
  },
});
