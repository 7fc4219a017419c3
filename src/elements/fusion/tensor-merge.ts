// Puts the tensors of a set together into one, along an axis.
//
// sink: joined; every part a tensor of one dtype and of one shape but for its size along `axis`. src: tensor, the parts in the
// order of the join's inputs. A set that lacks a part makes no tensor: it is counted as `incomplete`, and a gap stands for it.
//
// Errors: `tensor/does-not-merge` when the parts do not fit together.
import { z } from 'zod';
import type { FixedCaps } from '../../core/caps/caps.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { sinkPad, srcPad } from '../../core/element/pad-template.ts';
import type { JoinedInfo } from '../../media/joined.ts';
import { MediaError } from '../../media/media-error.ts';
import { joined, tensor } from '../../media/media-types.ts';
import { alongAxis, bytesOfShape, hasSizes, withSize } from '../../media/tensor/tensor-shape.ts';
import type { Dtype } from '../../memory/dtype.ts';
import { kernelsFor } from '../../memory/kernels.ts';

const props = z.strictObject({
  axis: z.int().min(0).default(0).meta({ description: 'The axis along which parts follow one another, the outermost being 0.' }),
});

export const tensorMerge = defineElement({
  name: 'tensor-merge',
  klass: 'Fusion/Tensor',
  summary: 'Puts the tensors of a set together into one, along an axis.',
  example:
    'join name=j ! tensor-merge axis=1 ! fake-sink  video-test-source count=5 ! letterbox width=32 height=32 ! caps-filter caps="tensor(dtype=float32, layout=CHW)" ! j.  video-test-source count=5 ! letterbox width=32 height=32 ! caps-filter caps="tensor(dtype=float32, layout=CHW)" ! j.',
  props,
  pads: { sink: sinkPad(joined()), src: srcPad(tensor()) },
  negotiate: {
    srcCaps: ({ props: { axis }, sink }) => {
      const parts = partsOf(sink['sink']!);
      // A graph that is only checked may not know the parts yet.
      if (parts.length === 0) return [{ media: 'tensor', fields: {} }];
      const [first] = parts;
      const shape = first!.fields['shape'] as readonly number[];
      for (const part of parts) if (!fits(part, first!, axis)) throw misfit(part, first!, axis);
      const size = parts.reduce((sum, { fields }) => sum + (fields['shape'] as readonly number[])[axis]!, 0);
      return [{ media: 'tensor', fields: { ...first!.fields, shape: withSize(shape, axis, size) } }];
    },
  },
  create: ({ props: { axis }, caps: { sink, src }, context }) => {
    const kernels = kernelsFor(context.arena);
    const dtype = src.fields['dtype'] as Dtype;
    const views = partsOf(sink).map(({ fields }) => alongAxis(fields['shape'] as readonly number[], axis, dtype));
    const whole = alongAxis(src.fields['shape'] as readonly number[], axis, dtype);
    const names = Object.keys((sink.info as unknown as JoinedInfo).inputs);
    const bytes = bytesOfShape(src.fields['shape'] as readonly number[], dtype);
    return {
      outputBytes: bytes,
      dropCause: 'incomplete',
      transform: (buffer, output) => {
        const slabs = names.map((name) => buffer.value.parts[name]?.slabs[0]);
        if (slabs.includes(undefined)) return undefined;
        let start = 0;
        for (const [index, { size, sliceBytes }] of views.entries()) {
          const run = size * sliceBytes;
          for (let outer = 0; outer < whole.outer; outer++) {
            kernels.copy(slabs[index]!.offset + outer * run, output.offset + outer * whole.size * sliceBytes + start, run);
          }
          start += run;
        }
        return buffer.derive<undefined>({ caps: src, slabs: [output], bytes, value: undefined });
      },
    };
  },
});

function partsOf({ info }: FixedCaps): readonly FixedCaps[] {
  return Object.values((info as unknown as JoinedInfo | undefined)?.inputs ?? {});
}

function fits(part: FixedCaps, first: FixedCaps, axis: number): boolean {
  const [own, other] = [part.fields['shape'], first.fields['shape']] as (readonly number[] | undefined)[];
  if (part.media !== 'tensor' || own === undefined || other === undefined || axis >= own.length || !hasSizes(own)) return false;
  return (
    own.length === other.length &&
    part.fields['dtype'] === first.fields['dtype'] &&
    own.every((size, index) => index === axis || size === other[index])
  );
}

function misfit(part: FixedCaps, first: FixedCaps, axis: number): MediaError {
  const nameOf = ({ media, fields }: FixedCaps): string =>
    media === 'tensor' ? `${((fields['shape'] as readonly number[] | undefined) ?? []).join('×')} ${String(fields['dtype'])}` : media;
  return new MediaError(
    'tensor/does-not-merge',
    `Cannot merge ${nameOf(part)} with ${nameOf(first)} along axis ${axis}: all but that axis have to be the same, and all sizes known`,
  );
}
