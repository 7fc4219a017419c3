// Cuts each tensor into pieces along an axis, one for each src pad.
//
// sink: tensor. src_%u: tensor; src_0 gives the first `sizes[0]` slices, src_1 the next `sizes[1]`, and so on. Nothing is lost:
// the sizes add up to the axis.
//
// Errors: `tensor/does-not-split` when they do not, or when a pad has no size.
import { z } from 'zod';
import type { FixedCaps } from '../../core/caps/caps.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { sinkPad, srcPad } from '../../core/element/pad-template.ts';
import { combineFlow, type Flow } from '../../core/stream/flow-return.ts';
import { MediaError } from '../../media/media-error.ts';
import { tensor } from '../../media/media-types.ts';
import { alongAxis, hasSizes, withSize } from '../../media/tensor/tensor-shape.ts';
import type { Dtype } from '../../memory/dtype.ts';
import { kernelsFor } from '../../memory/kernels.ts';

const props = z.strictObject({
  axis: z.int().min(0).default(0).meta({ description: 'The axis that is cut, the outermost being 0.' }),
  sizes: z.array(z.int().min(1)).min(1).meta({ description: 'How many slices each src pad gets, src_0 first.' }),
});

export const tensorSplit = defineElement({
  name: 'tensor-split',
  klass: 'Fusion/Tensor',
  summary: 'Cuts each tensor into pieces along an axis.',
  example:
    'video-test-source count=5 ! letterbox width=32 height=32 ! caps-filter caps="tensor(dtype=float32, layout=CHW)" ! tensor-split name=s axis=1 sizes=[20, 12]  s. ! fake-sink  s. ! fake-sink',
  props,
  pads: { sink: sinkPad(tensor()), 'src_%u': srcPad(tensor(), { presence: 'request' }) },
  negotiate: {
    srcCaps: ({ props: { axis, sizes }, sink, pad }) => {
      const { media, fields } = sink['sink']!;
      const shape = fields['shape'] as readonly number[] | undefined;
      const size = sizes[numberOf(pad)];
      if (shape === undefined) return [{ media, fields }];
      if (!hasSizes(shape))
        throw new MediaError(
          'tensor/does-not-split',
          `Cannot split ${(shape as readonly unknown[]).join('×')} for ${pad}: tensors that differ in size have no pieces of one size`,
        );
      if (size === undefined || sizes.reduce((sum, one) => sum + one, 0) !== shape[axis]) {
        const text = `Cannot split ${shape.join('×')} along axis ${axis} into ${sizes.join(', ')} for ${pad}: the sizes have to add up to ${shape[axis] ?? 'an axis that is there'}`;
        throw new MediaError('tensor/does-not-split', text);
      }
      return [{ media, fields: { ...fields, shape: withSize(shape, axis, size) } }];
    },
  },
  create: ({ props: { axis, sizes }, caps, context }) => {
    const { arena } = context;
    const kernels = kernelsFor(arena);
    const all: Readonly<Record<string, FixedCaps>> = caps;
    const dtype = all['sink']!.fields['dtype'] as Dtype;
    const { outer, size: total, sliceBytes } = alongAxis(all['sink']!.fields['shape'] as readonly number[], axis, dtype);
    const pads = Object.keys(all).filter((pad) => pad.startsWith('src_'));
    const pieces = pads.map((pad) => {
      const index = numberOf(pad);
      const bytes = sizes[index]! * sliceBytes * outer;
      const start = sizes.slice(0, index).reduce((sum, one) => sum + one, 0) * sliceBytes;
      const pool = context.pool({ name: `${context.name}.${pad}`, slabBytes: bytes, spare: 1 });
      return { pad, start, run: sizes[index]! * sliceBytes, bytes, pool, caps: all[pad]! };
    });
    return {
      chain: {
        sink: async (buffer) => {
          const flows: Flow[] = [];
          for (const piece of pieces) {
            const slab = await context.waiting(Promise.resolve(piece.pool.acquire()));
            for (let i = 0; i < outer; i++) {
              kernels.copy(buffer.slab.offset + i * total * sliceBytes + piece.start, slab.offset + i * piece.run, piece.run);
            }
            flows.push(context.push(piece.pad, buffer.derive({ caps: piece.caps, slabs: [slab], bytes: piece.bytes })));
          }
          return combineFlow(await Promise.all(flows));
        },
      },
      gap: (_pad, _until, event) => Promise.all(pads.map((pad) => context.gap(pad, event))).then(combineFlow),
      flush: () => {
        for (const { pool } of pieces) pool.close();
      },
      close: () => {
        for (const { pool } of pieces) pool.close();
      },
    };
  },
});

function numberOf(pad: string): number {
  return Number(pad.slice('src_'.length));
}
