// Reads the video of an RTSP camera, for months: what is lost is connected to again, with a raised epoch, and nobody else notices.
//
// src: video/raw, I420; pts in microseconds from each connection's first frame; `meta.capturedAt` is the wall clock's time. A camera
// that does not answer at the start does not keep the graph from starting: until it does, the caps are those of `assumedWidth` and `assumedHeight`.
// While it is away nothing comes, or, with `placeholder`, the last picture or a black one, `corrupt` and at `placeholderRate`.
//
// Errors: `media/bad-url`, `media/unauthorised`, `media/certificate`, `media/not-found`, `media/no-video`, `media/unknown-codec` at the start,
// where no waiting would help. Anything else, and anything later, is a warning, `media/reconnecting`, and another attempt.
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import type { ElementContext } from '../../core/element/element-context.ts';
import { srcPad } from '../../core/element/pad-template.ts';
import { rawVideo } from '../../media/media-types.ts';
import { backendProps } from '../../media/reader/backend-props.ts';
import { livePictures } from '../../media/reader/live-pictures.ts';
import { livePictureProps } from '../../media/reader/live-props.ts';
import type { NetworkInput } from '../../media/reader/media-input.ts';
import { networkInput, networkProps } from '../../media/reader/network-props.ts';

const props = z.strictObject({
  url: z
    .string()
    .min(1)
    .meta({ description: 'Where the stream is: rtsp://user:password@host:554/path. What it holds of secrets is never shown.' }),
  transport: z
    .enum(['tcp', 'udp'])
    .default('tcp')
    .meta({ description: 'How packets come; udp loses some where the network does, and is a little faster.' }),
  latencyMs: z
    .number()
    .min(0)
    .max(10_000)
    .default(200)
    .meta({ description: 'How long packets out of order are waited for, in milliseconds; for udp.' }),
  ...networkProps,
  ...livePictureProps,
  ...backendProps,
});

type Props = z.output<typeof props>;

const inputOf = (props: Props, { baseFolder }: ElementContext): NetworkInput => {
  const { transport, latencyMs } = props;
  return { ...networkInput(props, baseFolder), transport, latencyMs };
};

export const rtspSource = defineElement({
  name: 'rtsp-source',
  klass: 'Source/Video/Network',
  summary: 'Reads the video of an RTSP camera, and connects anew whenever it is lost.',
  example: 'rtsp-source url=rtsp://127.0.0.1:8554/cam ! fake-sink',
  props,
  pads: { src: srcPad(rawVideo()) },
  live: true,
  ...livePictures(inputOf),
});
