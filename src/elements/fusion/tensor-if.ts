// Sends each tensor one of two ways, by a number that is found in it.
//
// sink: tensor of float32. then, else: the same; either may stay unlinked. The number is an element, the mean, the smallest or
// the largest, of the elements that a tensor has where they differ in that; of one that has none, or not that element, nothing is
// known, which meets no condition but `!=`, as does what is no number. The way that a tensor does not take gets a gap, so that joins behind it do not wait. Comparisons are those of
// NNStreamer's tensor_if, which sends no gap where it skips.
//
// Errors: `tensor/no-such-element`.
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import { sinkPad, srcPad } from '../../core/element/pad-template.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import { combineFlow, type Flow, type FlowReturn } from '../../core/stream/flow-return.ts';
import { MediaError } from '../../media/media-error.ts';
import { tensor } from '../../media/media-types.ts';
import { hasSizes } from '../../media/tensor/tensor-shape.ts';
import { kernelsFor } from '../../memory/kernels.ts';
import { comparison, meets } from './comparison.ts';

const props = z.strictObject({
  measure: z.enum(['element', 'mean', 'least', 'most']).default('element').meta({ description: 'The number that is looked at.' }),
  index: z.int().min(0).default(0).meta({ description: 'Which element, counted through the whole tensor.' }),
  ...comparison.omit({ path: true }).shape,
});

const floats = { dtype: 'float32' };

const MEASURES = { mean: 0, least: 1, most: 2 } as const;

export const tensorIf = defineElement({
  name: 'tensor-if',
  klass: 'Fusion/Tensor',
  summary: 'Sends each tensor one of two ways, by a number that is found in it.',
  example:
    'video-test-source count=10 ! letterbox width=32 height=32 ! tensor-if name=i measure=mean value=0.5  i.then ! fake-sink  i.else ! fake-sink',
  props,
  pads: {
    sink: sinkPad(tensor(floats)),
    // biome-ignore lint/suspicious/noThenProperty: the name of a pad; nobody awaits a table of pads
    then: srcPad(tensor(floats), { optional: true }),
    else: srcPad(tensor(floats), { optional: true }),
  },
  create: ({ props, caps, context }) => {
    const { measure, index } = props;
    const { arena } = context;
    const shape = caps.sink.fields['shape'] as readonly (number | string)[];
    const all = hasSizes(shape) ? shape.reduce((product, size) => product * size, 1) : undefined;
    if (measure === 'element' && all !== undefined && index >= all) {
      throw new MediaError('tensor/no-such-element', `Cannot look at element ${index} of a tensor of ${shape.join('×')}: it has ${all}`);
    }
    const { measureFloats } = kernelsFor(arena);
    const numberIn = ({ slab: { offset }, bytes }: StreamBuffer): number => {
      const count = all ?? Math.floor(bytes / 4);
      if (count === 0) return Number.NaN;
      if (measure !== 'element') return measureFloats(MEASURES[measure], offset, count);
      return arena.view('float32', offset, count)[index] ?? Number.NaN;
    };
    return {
      chain: {
        sink: (buffer) => {
          const [way, other] = meets(numberIn(buffer), props) ? (['then', 'else'] as const) : (['else', 'then'] as const);
          const gap = context.gap(other, buffer);
          const flow = context.push(way, buffer.retain());
          if (flow === 'not-linked') context.discarded('not-linked');
          return together(flow, gap);
        },
      },
      gap: (_pad, _until, event) => together(context.gap('then', event), context.gap('else', event)),
    };
  },
});

function together(...flows: readonly Flow[]): Flow {
  return flows.some((flow) => flow instanceof Promise) ? Promise.all(flows).then(combineFlow) : combineFlow(flows as readonly FlowReturn[]);
}
