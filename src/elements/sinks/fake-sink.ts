// Takes everything and keeps nothing.
//
// sink: anything.
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import { anyMedia, sinkPad } from '../../core/element/pad-template.ts';

export const fakeSink = defineElement({
  name: 'fake-sink',
  klass: 'Sink/Test',
  summary: 'Takes everything and keeps nothing.',
  example: 'fake-source count=10 ! fake-sink',
  props: z.strictObject({}),
  pads: { sink: sinkPad(anyMedia()) },
  create: () => ({ render: () => {} }),
});
