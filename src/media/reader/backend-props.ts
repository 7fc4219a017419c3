import { z } from 'zod';
import { BACKENDS } from './media-backend.ts';

/** The props that every source of media has which one of several libraries may read. */
export const backendProps = {
  backend: z
    .enum(['auto', ...BACKENDS])
    .default('auto')
    .meta({
      description:
        'Who reads. auto: the first that can, which is told; node-av: FFmpeg in this process, in a thread; ffmpeg: its program, in a process; gstreamer: gst-launch-1.0, in a process.',
    }),
  isolate: z
    .boolean()
    .default(false)
    .meta({ description: 'Reads in a process of its own, so that input which crashes the reader takes nothing along.' }),
};
