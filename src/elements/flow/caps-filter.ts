// Narrows what may flow through a link: a size, a format, a media type.
//
// sink, src: what `caps` allows. It converts nothing; what is before it has to be able to give what is asked for.
import { z } from 'zod';
import { intersectCaps } from '../../core/caps/caps.ts';
import { readCaps } from '../../core/caps/parse-caps.ts';
import { writtenCaps } from '../../core/caps/written-caps.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../core/element/pad-template.ts';

const props = z.strictObject({
  caps: writtenCaps().meta({
    description: 'What may pass: as text such as `video/raw(format={RGB, BGR}, width=640..1280)`, or as JSON with `media` and `fields`.',
  }),
});

export const capsFilter = defineElement({
  name: 'caps-filter',
  klass: 'Flow/Caps',
  summary: 'Narrows what may flow through a link.',
  example: 'video-test-source count=10 ! caps-filter caps="video/raw(format=I420, width=1..4096)" ! fake-sink',
  props,
  pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) },
  memoryless: true,
  negotiate: {
    sinkCaps: ({ props, allowed }) => intersectCaps(readCaps(props.caps), allowed['src'] ?? 'any'),
  },
  create: () => ({ transform: (buffer) => buffer }),
});
