// A source of one's own: grey frames that grow brighter.
//
// leat run 'gradient-source count=250 ! fake-sink'
import { caps, defineElement, frameLayout, rawVideo, StreamBuffer, srcPad } from 'leat';
import { z } from 'zod';

const layout = frameLayout('GRAY8', 320, 240);
const { format, width, height } = layout;

export const gradientSource = defineElement({
  name: 'gradient-source',
  klass: 'Source/Video/Test',
  summary: 'Makes grey frames that grow brighter.',
  example: 'gradient-source count=250 ! fake-sink',
  props: z.strictObject({ count: z.int().min(1).default(100).meta({ description: 'How many frames.' }) }),
  pads: { src: srcPad(rawVideo()) },
  negotiate: { srcCaps: () => caps('video/raw', { format, width, height }) },
  create: ({ props: { count }, caps: { src }, context }) => {
    const pool = context.pool({ slabBytes: layout.bytes });
    let made = 0;
    const produce = async (): Promise<StreamBuffer<undefined> | undefined> => {
      if (made === count) return undefined;
      const slab = await pool.acquire();
      context.arena.bytes(slab.offset, layout.bytes).fill(made % 256);
      return new StreamBuffer({ caps: src, pts: made++ * 40_000, duration: 40_000, slabs: [slab], value: undefined });
    };
    return { produce, close: () => pool.close() };
  },
});
