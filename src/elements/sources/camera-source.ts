// Reads a camera of this machine: V4L2 on Linux, AVFoundation on macOS, DirectShow on Windows. `leat devices` lists those there are.
//
// src: video/raw, I420; pts in microseconds, of running time; `meta.capturedAt` is the wall clock's time. A camera that is unplugged is
// opened anew once it is there again, with a raised epoch; one that is not there at the start does not keep the graph from starting.
// What the camera cannot do of size, rate and coding it does as it likes, and the caps say what it does.
//
// Errors: those of a camera that is not there, busy or not permitted are warnings, `media/reconnecting`, and another attempt.
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import { srcPad } from '../../core/element/pad-template.ts';
import { rawVideo } from '../../media/media-types.ts';
import { backendProps } from '../../media/reader/backend-props.ts';
import { livePictures } from '../../media/reader/live-pictures.ts';
import { livePictureProps } from '../../media/reader/live-props.ts';
import type { CameraInput } from '../../media/reader/media-input.ts';

const size = z.int().min(16).max(16384).optional();

const props = z
  .strictObject({
    device: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'Which camera, as `leat devices` names it: /dev/video0. Default: the first.' }),
    width: size.meta({ description: 'Width to ask for in pixels, with `height`. Default: what the camera prefers.' }),
    height: size.meta({ description: 'Height to ask for in pixels, with `width`. Default: what the camera prefers.' }),
    frameRate: z.number().gt(0).max(1000).optional().meta({ description: 'Frames a second to ask for. Default: what the camera prefers.' }),
    codedFormat: z.string().min(1).optional().meta({
      description: 'How it is to code pictures, in the words of `leat devices`: mjpeg has cheap cameras give large pictures fast.',
    }),
    threads: z
      .int()
      .min(1)
      .max(64)
      .default(1)
      .meta({ description: "The decoder's threads, where the camera codes; more than one delay each frame." }),
    ...livePictureProps,
    ...backendProps,
  })
  .refine(({ width, height }) => (width === undefined) === (height === undefined), {
    path: ['width'],
    message: 'Expected width and height together',
  });

type Props = z.output<typeof props>;

const inputOf = ({ device, width, height, frameRate, codedFormat }: Props): CameraInput => ({
  kind: 'camera',
  device,
  width,
  height,
  frameRate,
  codedFormat,
});

export const cameraSource = defineElement({
  name: 'camera-source',
  klass: 'Source/Video/Camera',
  summary: 'Reads a camera of this machine, and opens it anew whenever it was away.',
  example: 'camera-source ! fake-sink',
  props: props as never as z.ZodObject<typeof props.shape>,
  pads: { src: srcPad(rawVideo()) },
  live: true,
  ...livePictures(inputOf),
});
