// Hands everything on unchanged: to measure by, to try faults with, to hold a place.
//
// sink, src: anything. With `failAfter` its hook throws, as a broken element would.
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../core/element/pad-template.ts';

const props = z.strictObject({
  failAfter: z.int().min(-1).default(-1).meta({ description: 'Throws on every buffer after this many; -1 never does.' }),
});

export const identity = defineElement({
  name: 'identity',
  klass: 'Flow/Test',
  summary: 'Passes everything on unchanged.',
  example: 'fake-source count=10 ! identity ! fake-sink',
  props,
  pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) },
  create: ({ props: { failAfter } }) => {
    if (failAfter === -1) return { transform: (buffer) => buffer };
    let seen = 0;
    return {
      transform: (buffer) => {
        if (++seen > failAfter) throw new Error(`Failing on buffer ${seen}, as failAfter asks`);
        return buffer;
      },
    };
  },
});
