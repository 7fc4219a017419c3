// Makes buffers out of nothing: for tests, measurements and as a stand-in while a graph is being built.
//
// src: anything; buffers of `size` bytes without meaningful contents, `durationMs` apart, starting at 0.
import { z } from 'zod';
import { caps } from '../../core/caps/caps.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { anyMedia, srcPad } from '../../core/element/pad-template.ts';
import { StreamBuffer } from '../../core/stream/buffer.ts';

const props = z.strictObject({
  count: z.int().min(-1).default(-1).meta({ description: 'How many buffers; -1 goes on for ever.' }),
  sizeBytes: z.int().min(0).default(0).meta({ description: 'Payload of each buffer; 0 takes no memory at all.' }),
  durationMs: z.number().min(0).default(40).meta({ description: 'Stream time from one buffer to the next.' }),
  media: z.string().default('application/octet-stream').meta({ description: 'Media type of the buffers.' }),
});

export const fakeSource = defineElement({
  name: 'fake-source',
  klass: 'Source/Test',
  summary: 'Makes empty buffers.',
  example: 'fake-source count=100 ! fake-sink',
  props,
  pads: { src: srcPad(anyMedia()) },
  deterministic: true,
  negotiate: { srcCaps: ({ props: { media } }) => caps(media) },
  create: ({ props: { count, sizeBytes, durationMs }, caps: { src }, context }) => {
    const pool = sizeBytes === 0 ? undefined : context.pool({ slabBytes: sizeBytes });
    let made = 0;
    return {
      produce: () => {
        if (made === count) return undefined;
        const pts = Math.round(made++ * durationMs * 1000);
        const duration = durationMs * 1000;
        if (pool === undefined) return new StreamBuffer({ caps: src, pts, duration });
        const slab = pool.acquire();
        if (!(slab instanceof Promise)) return new StreamBuffer({ caps: src, pts, duration, slabs: [slab], bytes: sizeBytes });
        return slab.then((one) => new StreamBuffer({ caps: src, pts, duration, slabs: [one], bytes: sizeBytes }));
      },
      close: () => pool?.close(),
    };
  },
});
