// Slows a stream down to the speed at which it happened: buffers leave as far apart as their times are.
//
// sink, src: anything. The first buffer of each source and epoch leaves at once, and the others that much later. What is behind
// leaves at once too, and those after it as far apart as ever: nothing is dropped, and nothing hurries to catch up.
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../core/element/pad-template.ts';

const props = z.strictObject({
  speed: z
    .number()
    .gt(0)
    .max(1000)
    .default(1)
    .meta({ description: 'How many times as fast as it happened. May be changed while the graph runs.' }),
});

interface Pace {
  readonly epoch: number;
  pts: number;
  /** Running time at which the buffer of that pts left. */
  left: number;
}

export const pace = defineElement({
  name: 'pace',
  klass: 'Flow/Time',
  summary: 'Slows a stream down to the speed at which it happened.',
  example: 'fake-source count=10 durationMs=10 ! pace speed=2 ! fake-sink',
  props,
  pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) },
  latency: () => ({ min: 0, max: undefined }),
  open: () => ({ paces: new Map<string, Pace>() }),
  create: ({ props, resource: { paces }, context: { timeline, signal } }) => {
    let { speed } = props;
    return {
      transform: (buffer) => {
        const { source, epoch, pts } = buffer;
        const last = paces.get(source);
        const now = timeline.now;
        const due = last === undefined || last.epoch !== epoch ? now : last.left + Math.round((pts - last.pts) / speed);
        paces.set(source, { epoch, pts, left: Math.max(now, due) });
        return due <= now ? buffer : timeline.until(due, signal).then(() => buffer);
      },
      update: (next) => {
        speed = next.speed;
      },
    };
  },
});
