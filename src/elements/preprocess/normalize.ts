// Brings the values of tensors to what a model wants: `(x − mean) × scale`, in that order, channel by channel.
//
// sink: tensor, float32 or uint8, of any shape. src: the same shape and layout, float32 or float16. One mean and one scale serve
// all channels; several belong to the channels one by one: the first axis of CHW, the last of HWC. Left out, they are those of
// the model downstream, and elements upstream then leave values as they are, so that nothing is normalised twice.
//
// Errors: `media/wrong-channels` when there are neither one nor as many means or scales as channels.
import { z } from 'zod';
import type { Caps, FixedCaps } from '../../core/caps/caps.ts';
import { caps } from '../../core/caps/caps.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { sinkPad, srcPad } from '../../core/element/pad-template.ts';
import { MediaError } from '../../media/media-error.ts';
import { tensor } from '../../media/media-types.ts';
import { modelPreprocess } from '../../media/picture/model-preprocess.ts';
import { ownPreprocess } from '../../media/picture/preprocess.ts';
import { bytesOfDtype, type Dtype } from '../../memory/dtype.ts';
import { type Kernels, kernelsFor } from '../../memory/kernels.ts';

const props = z.strictObject({ ...ownPreprocess.pick({ mean: true, scale: true }).shape });

const SINK_DTYPES = { anyOf: ['float32', 'uint8'] };
const SRC_DTYPES = { anyOf: ['float32', 'float16'] };

/** What upstream has to know of a model whose values are normalised here. */
function upstreamInfo(info: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return info['preprocess'] === undefined ? { ...info } : { ...info, preprocess: { ...info['preprocess'], mean: [0], scale: [1] } };
}

export const normalize = defineElement({
  name: 'normalize',
  klass: 'Preprocess/Tensor',
  summary: 'Subtracts a mean from the values of tensors and multiplies them by a scale.',
  example: 'video-test-source width=320 height=320 ! frame-to-tensor ! normalize mean=[127.5] scale=[0.0078431] ! fake-sink',
  props,
  pads: { sink: sinkPad(tensor({ dtype: SINK_DTYPES })), src: srcPad(tensor({ dtype: SRC_DTYPES })) },
  memoryless: true,
  negotiate: {
    sinkCaps: ({ allowed }): Caps => {
      const src = allowed['src'] ?? 'any';
      if (src === 'any') return caps('tensor', { dtype: SINK_DTYPES });
      return src.map(({ media, fields, info }) => ({ media, fields: { ...fields, dtype: SINK_DTYPES }, info: upstreamInfo(info) }));
    },
    srcCaps: ({ sink }): Caps => {
      const { media, fields, info = {} } = sink['sink']!;
      const { preprocess: _, ...rest } = info;
      return [{ media, fields: { ...fields, dtype: SRC_DTYPES }, info: rest }];
    },
  },
  create: ({ props, caps: { sink, src }, context: { arena } }) => {
    const kernels = kernelsFor(arena);
    const { mean, scale } = modelPreprocess(src, props);
    const shape = src.fields['shape'] as readonly number[];
    const count = shape.reduce((product, dimension) => product * dimension, 1);
    const channels = Math.max(...[mean, scale].map((values) => new Set(values).size)) > 1 ? channelsOf(src) : 1;
    for (const values of [mean, scale]) checkValues(values, channels);
    const [from, to] = [sink.fields['dtype'] as Dtype, src.fields['dtype'] as Dtype];
    const interleaved = channels > 1 && src.fields['layout'] === 'HWC';
    const [floats, planes] = [to === 'float16', interleaved].map((needed) => (needed ? arena.allocate(count * 4) : undefined));
    const pixels = count / channels;
    const normalise = normaliserOf(kernels, from);
    const at = (values: readonly number[], channel: number): number => values[values.length === 1 ? 0 : channel]!;

    return {
      outputBytes: count * bytesOfDtype(to),
      transform: (buffer, output) => {
        const result = floats?.offset ?? output.offset;
        const target = planes?.offset ?? result;
        let source = buffer.slab.offset;
        const size = bytesOfDtype(from);
        if (interleaved) {
          // Spread out where there is room: floats where they are then normalised in place, bytes where the result will lie.
          source = from === 'float32' ? target : result;
          kernels.separate(size, buffer.slab.offset, source, channels, pixels);
        }
        for (let c = 0; c < channels; c++)
          normalise(source + c * pixels * size, target + c * pixels * 4, pixels, at(mean, c), at(scale, c));
        if (interleaved) kernels.interleave(4, target, result, channels, pixels);
        if (to === 'float16') kernels.floatsToHalves(result, output.offset, count);
        return buffer.derive({ caps: src, slabs: [output], bytes: count * bytesOfDtype(to) });
      },
      close: () => {
        floats?.release();
        planes?.release();
      },
    };
  },
});

function normaliserOf(kernels: Kernels, dtype: Dtype): Kernels['normaliseFloats'] {
  return dtype === 'uint8' ? kernels.bytesToFloats : kernels.normaliseFloats;
}

function channelsOf({ fields }: FixedCaps): number {
  const shape = fields['shape'] as readonly number[];
  return (fields['layout'] === 'HWC' ? shape.at(-1) : shape[0]) ?? 1;
}

function checkValues(values: readonly number[], channels: number): void {
  if (new Set(values).size === 1 || values.length === channels) return;
  throw new MediaError(
    'media/wrong-channels',
    `Cannot normalise ${channels} channels by ${values.length} values (${values.join(', ')}); give one, or ${channels}`,
  );
}
