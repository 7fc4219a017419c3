// Brings frames to a size without distorting them: shrinks or grows them until they fit and fills the rest with bars.
//
// sink: video/raw. src: whichever downstream asks for, video/raw (same format first) or tensor (float32, float16 or uint8; CHW
// or HWC; RGB, BGR or GRAY; normalised `(x − mean) × scale` with x from 0 to 255). For a tensor the model downstream gives
// size, channel order, normalisation, bars and anchor; props override it. One fused pass, no picture in between. Publishes its
// affine, so that boxes found in its output lie in the source frame again.
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import { sinkPad, srcPad } from '../../core/element/pad-template.ts';
import { eitherOf, rawVideo, tensor } from '../../media/media-types.ts';
import { modelPreprocess } from '../../media/picture/model-preprocess.ts';
import { sizeOf } from '../../media/picture/picture-caps.ts';
import { pictureHooks } from '../../media/picture/picture-hooks.ts';
import { placePicture } from '../../media/picture/picture-place.ts';
import { ownPreprocess } from '../../media/picture/preprocess.ts';
import { scaledNegotiation, sizeProps } from '../../media/picture/scaled-picture.ts';

const props = z.strictObject({
  ...sizeProps,
  ...ownPreprocess.shape,
});

export const letterbox = defineElement({
  name: 'letterbox',
  klass: 'Preprocess/Video',
  summary: 'Scales frames to fit a size, keeping their aspect, and fills the rest.',
  example: 'video-test-source ! letterbox width=320 height=320 ! fake-sink',
  props,
  pads: { sink: sinkPad(rawVideo()), src: srcPad(eitherOf(rawVideo(), tensor())) },
  memoryless: true,
  negotiate: scaledNegotiation,
  create: ({ props, caps: { sink, src }, context }) => {
    const rules = { ...modelPreprocess(src, props), fit: 'letterbox' as const };
    return pictureHooks({ arena: context.arena, sink, src, place: placePicture(sizeOf(sink), sizeOf(src), rules), preprocess: rules });
  },
});
