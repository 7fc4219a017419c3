// Brings frames to a size, stretching them where the aspect differs.
//
// sink: video/raw. src: whichever downstream asks for, video/raw or tensor, as with letterbox. Publishes its affine.
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
  ...ownPreprocess.pick({ interpolation: true, channelOrder: true, mean: true, scale: true }).shape,
});

export const resize = defineElement({
  name: 'resize',
  klass: 'Preprocess/Video',
  summary: 'Scales frames to a size, stretching them where the aspect differs.',
  example: 'video-test-source ! resize width=320 height=240 ! fake-sink',
  props,
  pads: { sink: sinkPad(rawVideo()), src: srcPad(eitherOf(rawVideo(), tensor())) },
  memoryless: true,
  negotiate: scaledNegotiation,
  create: ({ props, caps: { sink, src }, context }) => {
    const rules = { ...modelPreprocess(src, props), fit: 'stretch' as const };
    return pictureHooks({ arena: context.arena, sink, src, place: placePicture(sizeOf(sink), sizeOf(src), rules), preprocess: rules });
  },
});
