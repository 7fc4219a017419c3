// Reads video by HTTP or HTTPS: HLS, MJPEG as of web cameras, or a file on a server.
//
// src: video/raw, I420. With `live`, as of rtsp-source: pts of running time, what the graph has no time for is left out, and what is
// lost is connected to anew. Without it, as of video-file-source: pts as they stand in the stream, everything waits its turn, its end is
// the end, and a fault on the way is an error.
//
// Errors: `media/bad-url`, `media/unauthorised`, `media/certificate`, `media/not-found`, `media/no-video`, `media/unknown-codec` at the start,
// and without `live` all others, too.
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
    .regex(/^https?:\/\//i, 'Expected a URL that begins with http:// or https://')
    .meta({ description: 'Where the video is. What it holds of secrets is never shown.' }),
  live: z
    .boolean()
    .default(true)
    .meta({ description: 'What comes happens now: MJPEG cameras and most HLS. false: a file, or a recording.' }),
  ...networkProps,
  ...livePictureProps,
  ...backendProps,
});

type Props = z.output<typeof props>;

const inputOf = (props: Props, { baseFolder }: ElementContext): NetworkInput => ({
  ...networkInput(props, baseFolder),
  isLive: props.live,
});

export const httpSource = defineElement({
  name: 'http-source',
  klass: 'Source/Video/Network',
  summary: 'Reads video by HTTP: HLS, MJPEG cameras, files on servers.',
  example: 'http-source url=http://127.0.0.1:8080/stream.mjpg ! fake-sink',
  props,
  pads: { src: srcPad(rawVideo()) },
  live: ({ live }) => live,
  ...livePictures(inputOf, ({ live }) => live),
});
