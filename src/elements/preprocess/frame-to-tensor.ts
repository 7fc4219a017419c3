// Turns frames into tensors as they are, without scaling.
//
// sink: video/raw. src: tensor of the frame's size, float32, float16 or uint8, CHW or HWC, RGB, BGR or GRAY, normalised
// `(x − mean) × scale` with x from 0 to 255; what the model downstream asks for, with props over it.
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import { sinkPad, srcPad } from '../../core/element/pad-template.ts';
import { rawVideo, tensor } from '../../media/media-types.ts';
import { modelPreprocess } from '../../media/picture/model-preprocess.ts';
import { pictureCaps, sizeOf } from '../../media/picture/picture-caps.ts';
import { pictureHooks } from '../../media/picture/picture-hooks.ts';
import { whole } from '../../media/picture/picture-place.ts';
import { ownPreprocess } from '../../media/picture/preprocess.ts';

const props = z.strictObject({ ...ownPreprocess.pick({ channelOrder: true, mean: true, scale: true }).shape });

export const frameToTensor = defineElement({
  name: 'frame-to-tensor',
  klass: 'Preprocess/Video',
  summary: 'Turns frames into tensors of the same size.',
  example: 'video-test-source width=320 height=320 ! frame-to-tensor ! fake-sink',
  props,
  pads: { sink: sinkPad(rawVideo()), src: srcPad(tensor()) },
  memoryless: true,
  negotiate: { srcCaps: ({ sink }) => pictureCaps(sink['sink']!, sizeOf(sink['sink']!)) },
  create: ({ props, caps: { sink, src }, context }) => {
    const place = { from: whole(sizeOf(sink)), to: whole(sizeOf(src)) };
    return pictureHooks({ arena: context.arena, sink, src, place, preprocess: modelPreprocess(src, props) });
  },
});
