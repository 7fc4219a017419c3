// Encodes frames into a video file.
//
// sink: video/raw, I420 preferred. Pts are kept in microseconds, variable frame rates included. The file is written under a
// temporary name beside its own and takes its own when it is complete; eos is reported after that.
//
// Errors: `media/folder-missing`, `media/permission-denied`, `media/disk-full`, `media/unknown-container`, `media/same-file`.
import { resolve } from 'node:path';
import { z } from 'zod';
import { defineElement } from '../../core/define-element.ts';
import { sinkPad } from '../../core/pad-template.ts';
import { frameLayout, type VideoFormat } from '../../media/frame-layout.ts';
import { rawVideo, type VideoInfo } from '../../media/media-types.ts';
import { createVideoFile } from '../../media/video-encoder.ts';

const props = z.strictObject({
  path: z.string().min(1).meta({ description: 'The file, ending in .mp4 or .mkv; relative paths are relative to the current folder.' }),
  codec: z.enum(['auto', 'h264', 'hevc', 'vp9', 'av1', 'mpeg4', 'mjpeg']).default('auto').meta({ description: 'The codec. Default: H.264, or what the FFmpeg build has.' }),
  preset: z.enum(['ultrafast', 'veryfast', 'medium']).default('veryfast').meta({ description: 'Speed against size, where the encoder knows presets.' }),
  quality: z.int().min(0).max(51).default(23).meta({ description: 'Constant rate factor: lower is better and larger.' }),
  fragmented: z.boolean().default(false).meta({ description: 'Writes an mp4 that can be read even when the program dies before the end.' }),
});

export const videoFileSink = defineElement({
  name: 'video-file-sink',
  klass: 'Sink/Video/File',
  summary: 'Encodes frames into an mp4 or mkv file.',
  example: 'video-test-source count=100 ! video-file-sink path=out/test.mp4',
  props,
  pads: { sink: sinkPad(rawVideo({ format: { anyOf: ['I420', 'NV12', 'RGB', 'BGR', 'RGBA'] } })) },
  queued: true,
  create: async ({ props: { path, ...options }, caps: { sink }, context }) => {
    const layout = frameLayout(sink.fields['format'] as VideoFormat, sink.fields['width'] as number, sink.fields['height'] as number);
    const colour = { matrix: 'bt601', range: 'limited', frameRate: undefined, ...(sink.info as Partial<VideoInfo>) } as const;
    const encoder = await createVideoFile(resolve(context.outputFolder, path), { arena: context.arena, layout, ...colour, ...options });
    context.post('output', path);
    context.post('encoder', encoder.codec);
    let finished = false;
    return {
      render: (buffer) => encoder.write(buffer.slab, buffer.pts),
      finish: async () => {
        finished = true;
        await encoder.finish();
      },
      close: () => (finished ? undefined : encoder.abort()),
    };
  },
});
