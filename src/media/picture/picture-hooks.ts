// The hook that all elements share which bring pictures to another size, format or type: one fused pass of a kernel from the
// frame in the arena to the slab of the result.

import type { FixedCaps } from '../../core/caps/caps.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import type { Arena } from '../../memory/arena.ts';
import { bytesOfDtype, type Dtype } from '../../memory/dtype.ts';
import { type FrameToTensorJob, kernelsFor } from '../../memory/kernels.ts';
import type { Slab } from '../../memory/slab.ts';
import { frameLayout, type VideoFormat } from '../frame-layout.ts';
import { composeAffine, IDENTITY } from '../geometry.ts';
import type { VideoInfo } from '../media-types.ts';
import { sizeOf } from './picture-caps.ts';
import { affineOf, type PicturePlace } from './picture-place.ts';
import type { Preprocess } from './preprocess.ts';

export interface PictureTask {
  readonly arena: Arena;
  readonly sink: FixedCaps;
  readonly src: FixedCaps;
  readonly place: PicturePlace;
  readonly preprocess: Preprocess;
}

export interface PictureHooks {
  readonly outputBytes: number;
  transform(buffer: StreamBuffer<undefined>, output: Slab): StreamBuffer<undefined>;
  close(): void;
}

/** Makes the hooks for fixed caps on both sides. */
export function pictureHooks({ arena, sink, src, place, preprocess }: PictureTask): PictureHooks {
  const size = sizeOf(sink);
  const target = targetOf(src, preprocess);
  const layout = frameLayout(sink.fields['format'] as VideoFormat, size.width, size.height);
  const colour = sink.info as Partial<VideoInfo> | undefined;
  const plan = kernelsFor(arena).plan({
    source: { ...layout, matrix: colour?.matrix ?? 'bt601', range: colour?.range ?? 'limited' },
    crop: place.from,
    target: target.picture,
    place: place.to,
    pad: preprocess.padValue,
    mean: preprocess.mean,
    scale: preprocess.scale,
    interpolation: preprocess.interpolation,
  });
  const affine = affineOf(place);
  return {
    outputBytes: target.bytes,
    transform: (buffer, output) => {
      plan.run(buffer.slab.offset, output.offset);
      const before = buffer.meta.geometry ?? { frame: size, affine: IDENTITY };
      const geometry = { frame: before.frame, affine: composeAffine(before.affine, affine) };
      return buffer.derive({ caps: src, slabs: [output], bytes: target.bytes, meta: { geometry } });
    },
    close: () => plan.close(),
  };
}

/** How large a picture of fixed caps is. */
export function pictureBytes(src: FixedCaps): number {
  return targetOf(src, { channelOrder: 'RGB' }).bytes;
}

function targetOf(
  src: FixedCaps,
  { channelOrder }: Pick<Preprocess, 'channelOrder'>,
): { bytes: number; picture: FrameToTensorJob['target'] } {
  const { width, height } = sizeOf(src);
  if (src.media === 'video/raw') {
    const layout = frameLayout(src.fields['format'] as VideoFormat, width, height);
    return { bytes: layout.bytes, picture: { kind: 'frame', ...layout } };
  }
  const dtype = src.fields['dtype'] as Dtype;
  const shape = src.fields['shape'] as readonly number[];
  const order = src.fields['layout'] as 'CHW' | 'HWC';
  const channels = order === 'CHW' ? shape[0]! : shape[2]!;
  const bytes = width * height * channels * bytesOfDtype(dtype);
  return {
    bytes,
    picture: { kind: 'tensor', width, height, dtype: dtype as 'float32', layout: order, order: channels === 1 ? 'GRAY' : channelOrder },
  };
}
