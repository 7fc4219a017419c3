// Cuts a rectangle out of frames, and brings it to size where one is asked for.
//
// sink: video/raw. src: whichever downstream asks for, video/raw or tensor, as with letterbox. The rectangle is cut to the
// frame; one that lies outside of it altogether is an error that names both. Publishes its affine.
import { z } from 'zod';
import type { FixedCaps } from '../../core/caps/caps.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { sinkPad, srcPad } from '../../core/element/pad-template.ts';
import { MediaError } from '../../media/media-error.ts';
import { eitherOf, rawVideo, tensor } from '../../media/media-types.ts';
import { modelPreprocess } from '../../media/picture/model-preprocess.ts';
import { fixatePicture, pictureCaps, sizeOf, suggestSize } from '../../media/picture/picture-caps.ts';
import { pictureHooks } from '../../media/picture/picture-hooks.ts';
import { type Rectangle, whole } from '../../media/picture/picture-place.ts';
import { ownPreprocess } from '../../media/picture/preprocess.ts';

const props = z.strictObject({
  x: z.int().min(0).default(0).meta({ description: 'Left edge, in pixels of the frame.' }),
  y: z.int().min(0).default(0).meta({ description: 'Top edge, in pixels of the frame.' }),
  cropWidth: z.int().min(1).optional().meta({ description: 'Width of what is cut out. Default: to the right edge.' }),
  cropHeight: z.int().min(1).optional().meta({ description: 'Height of what is cut out. Default: to the bottom.' }),
  width: z
    .int()
    .min(1)
    .max(16384)
    .optional()
    .meta({ description: 'Width of the result. Default: what downstream asks for, or what was cut out.' }),
  height: z
    .int()
    .min(1)
    .max(16384)
    .optional()
    .meta({ description: 'Height of the result. Default: what downstream asks for, or what was cut out.' }),
  ...ownPreprocess.pick({ interpolation: true, channelOrder: true, mean: true, scale: true }).shape,
});

function rectangleIn(sink: FixedCaps, { x, y, cropWidth, cropHeight }: z.output<typeof props>): Rectangle {
  const frame = sizeOf(sink);
  if (x >= frame.width || y >= frame.height) {
    throw new MediaError('media/crop-outside', `Cannot cut at ${x}, ${y}: frames are ${frame.width}×${frame.height}; lower x and y`);
  }
  return {
    x,
    y,
    width: Math.min(cropWidth ?? frame.width, frame.width - x),
    height: Math.min(cropHeight ?? frame.height, frame.height - y),
  };
}

export const crop = defineElement({
  name: 'crop',
  klass: 'Preprocess/Video',
  summary: 'Cuts a rectangle out of frames.',
  example: 'video-test-source ! crop x=100 y=50 cropWidth=200 cropHeight=200 ! fake-sink',
  props,
  pads: { sink: sinkPad(rawVideo()), src: srcPad(eitherOf(rawVideo(), tensor())) },
  memoryless: true,
  negotiate: {
    srcCaps: ({ props, sink }) => pictureCaps(sink['sink']!, props),
    fixate: ({ props, candidates, sink }) => fixatePicture(candidates, rectangleIn(sink['sink']!, props)),
    suggest: suggestSize,
  },
  create: ({ props, caps: { sink, src }, context }) => {
    const place = { from: rectangleIn(sink, props), to: whole(sizeOf(src)) };
    return pictureHooks({ arena: context.arena, sink, src, place, preprocess: modelPreprocess(src, props) });
  },
});
