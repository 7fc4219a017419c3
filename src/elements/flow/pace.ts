// Slows a stream down to the speed at which it happened: buffers leave as far apart as their times are.
//
// sink, src: anything. The first buffer of each source and epoch leaves at once, and the others that much later. What is behind
// leaves at once too, and those after it as far apart as ever, or, with `ticks: "catchUp"`, at once until they are back in time.
// Nothing is dropped.
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../core/element/pad-template.ts';
import { TICK_POLICIES, Ticker } from '../../core/time/ticker.ts';

const props = z.strictObject({
  speed: z
    .number()
    .gt(0)
    .max(1000)
    .default(1)
    .meta({ description: 'How many times as fast as it happened. May be changed while the graph runs.' }),
  ticks: z.enum(TICK_POLICIES).exclude(['skipMissed']).default('minimumGap').meta({
    description:
      'What becomes of buffers that follow one which is behind. minimumGap: they leave as far apart as ever; catchUp: at once, until they are back in time.',
  }),
});

interface Pace {
  readonly epoch: number;
  readonly pts: number;
  /** How long after the first the buffer of that pts is due. */
  readonly time: number;
  readonly ticker: Ticker;
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
    const { ticks } = props;
    let { speed } = props;
    return {
      transform: (buffer) => {
        const { source, epoch, pts } = buffer;
        const last = paces.get(source);
        const now = timeline.now;
        const isFirst = last === undefined || last.epoch !== epoch;
        const ticker = isFirst ? new Ticker(ticks, now) : last.ticker;
        const time = isFirst ? 0 : last.time + Math.round((pts - last.pts) / speed);
        paces.set(source, { epoch, pts, time, ticker });
        const leave = (): typeof buffer => {
          ticker.ticked(time, timeline.now);
          return buffer;
        };
        const due = ticker.due(time);
        return due <= now ? leave() : timeline.until(due, signal).then(leave);
      },
      sourceEnded: (_pad, { source }) => {
        paces.delete(source);
      },
      update: (next) => {
        speed = next.speed;
      },
    };
  },
});
