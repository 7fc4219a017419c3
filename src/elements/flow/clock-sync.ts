// Lets each buffer through when its time has come: at its running time plus the latency of the pipeline, as a sink with `sync` does.
//
// sink, src: anything. With `maxLatenessMs` what comes too late is dropped as `late`, a gap stands for it, and upstream is told
// from when on work is of use again; without it everything passes, late buffers at once.
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../core/element/pad-template.ts';

const props = z.strictObject({
  maxLatenessMs: z
    .number()
    .min(0)
    .nullable()
    .default(null)
    .meta({ description: 'Drops what is later than this, in milliseconds; null drops nothing.' }),
  offsetMs: z
    .number()
    .default(0)
    .meta({ description: 'Lets buffers through this much later, in milliseconds, or earlier where negative.' }),
});

export const clockSync = defineElement({
  name: 'clock-sync',
  klass: 'Flow/Time',
  summary: 'Lets each buffer through when its time has come by the clock.',
  example: 'fake-source count=10 durationMs=10 ! clock-sync ! fake-sink',
  props,
  pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) },
  memoryless: true,
  sync: ({ maxLatenessMs, offsetMs }) => ({ maxLatenessMs, offsetMs, processingDeadlineMs: 0 }),
  latency: () => ({ min: 0, max: undefined }),
  create: () => ({ transform: (buffer) => buffer }),
});
