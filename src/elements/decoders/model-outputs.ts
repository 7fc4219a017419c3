// What a decoder knows of the model before it: from its manifest, and from the caps of what went into it.
import type { FixedCaps } from '../../core/caps/caps.ts';
import type { Manifest, ManifestOutput } from '../../inference/manifest.ts';
import type { HeadOutput } from '../../media/detection-heads/detection-head.ts';
import { sizeOf } from '../../media/picture/picture-caps.ts';
import type { Size } from '../../media/picture/picture-place.ts';
import type { TensorSet } from '../../media/tensor/tensor-set.ts';
import { DecoderError } from '../../media/video/decoder-error.ts';

/** The manifest that goes with the caps of a model's outputs. */
export function manifestOf(sink: FixedCaps): Manifest | undefined {
  return sink.info?.['model'] as Manifest | undefined;
}

/** The outputs as the manifest declares them; undefined when it leaves a size open. */
export function declaredOutputs(model: Manifest | undefined): readonly HeadOutput[] | undefined {
  const all = Object.entries(model?.outputs ?? {}).map(([name, output]) => {
    const hasBatch = output.axes.length === 0 || output.axes[0] === 'batch';
    return { name, role: output.role, dtype: output.dtype, shape: output.shape.slice(hasBatch ? 1 : 0), axes: itemAxes(output) };
  });
  const isFixed = all.length > 0 && all.every(({ shape }) => shape.every((size) => typeof size === 'number'));
  return isFixed ? (all as HeadOutput[]) : undefined;
}

/** The outputs as an item brings them, with what the manifest says of them. */
export function foundOutputs(model: Manifest | undefined, item: TensorSet): readonly HeadOutput[] {
  return Object.entries(item).map(([name, { dtype, shape }]) => {
    const declared = model?.outputs[name];
    return { name, role: declared?.role ?? 'tensor', dtype, shape, axes: declared === undefined ? [] : itemAxes(declared) };
  });
}

function itemAxes({ axes }: ManifestOutput): readonly string[] {
  return axes[0] === 'batch' ? axes.slice(1) : axes;
}

/** The size of the picture that the model sees. @throws DecoderError `decoder/no-size`. */
export function pictureSize(sink: FixedCaps): Size {
  const input = sink.info?.['input'] as FixedCaps | undefined;
  if (input?.fields['layout'] !== undefined && input.fields['shape'] !== undefined) return sizeOf(input);
  for (const { role, axes, shape } of Object.values(manifestOf(sink)?.inputs ?? {})) {
    const [width, height] = [shape[axes.indexOf('width')], shape[axes.indexOf('height')]];
    if (role === 'image' && typeof width === 'number' && typeof height === 'number') return { width, height };
  }
  throw new DecoderError(
    'decoder/no-size',
    'Cannot tell the size of the picture that the model saw; give its input the role image and the axes height and width in the manifest',
  );
}
