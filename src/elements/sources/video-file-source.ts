// Reads a video file: demuxes and decodes it in a thread of its own, or in another process.
//
// src: video/raw, I420 unless the file's own format is NV12 or GRAY8; pts in microseconds from the start of the file, as they
// stand in it (variable frame rates stay variable); rotation by the container's display matrix is applied. A change of size
// in mid-stream renegotiates. Frames that the decoder calls damaged are counted, and marked `corrupt` or left out, as `onCorrupt` says.
// Times that fall back, as where recordings were put together, are for the element's `onNonMonotonic` to decide. Of a file that grows
// what is there when reading comes to its end is read, of a small one what is there when it is opened; what is written later is not.
//
// Errors: `media/not-found`, `media/not-media`, `media/no-video`, `media/unknown-codec`, and `media/truncated` for a file that
// breaks off, after everything that could be decoded has been delivered.
import { resolve } from 'node:path';
import { z } from 'zod';
import { checkInputFile } from '../../core/check-input-file.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { srcPad } from '../../core/element/pad-template.ts';
import { Skipped } from '../../core/stream/skipped.ts';
import { rawVideo } from '../../media/media-types.ts';
import { backendProps } from '../../media/reader/backend-props.ts';
import { chooseBackend } from '../../media/reader/choose-backend.ts';
import { CorruptPictures, corruptProps } from '../../media/reader/corrupt-pictures.ts';
import { FramePad, videoCaps } from '../../media/reader/frame-pad.ts';
import type { VideoFrame } from '../../media/reader/media-frame.ts';
import type { MediaReader } from '../../media/reader/media-reader.ts';

const props = z.strictObject({
  path: z.string().min(1).meta({ description: 'The file; relative paths are relative to the graph.' }),
  loop: z.boolean().default(false).meta({ description: 'Begins again at the end; pts go on rising.' }),
  threads: z.int().min(1).max(64).default(1).meta({ description: "The decoder's threads; one is cheapest in CPU time per frame." }),
  ...corruptProps,
  ...backendProps,
});

/** Frames decoded before they are asked for. */
const FRAMES_AHEAD = 4;

export const videoFileSource = defineElement({
  name: 'video-file-source',
  klass: 'Source/Video/File',
  summary: 'Reads and decodes a video file.',
  example: 'video-file-source path=media/shapes.mp4 ! fake-sink',
  props,
  pads: { src: srcPad(rawVideo()) },
  files: ({ path }) => ({ reads: [path] }),
  check: ({ props: { path }, baseFolder }) => checkInputFile(baseFolder, path, '/props/path'),
  open: async ({ props: { path, loop, threads, backend, isolate }, context }) => {
    const file = resolve(context.baseFolder, path);
    context.reads(file);
    const input = { kind: 'file', path: file, loop } as const;
    const choice = await chooseBackend(input, { backend, isolate });
    context.post('backend', `${choice.backend.name}: ${choice.because}`);
    const decoder = (await choice.backend.open(input, {
      arena: context.arena,
      owner: context.name,
      maxFrames: context.downstreamCapacity + FRAMES_AHEAD,
      framesAhead: FRAMES_AHEAD,
      video: { format: 'native' },
      threads,
      signal: context.signal,
    })) as MediaReader<VideoFrame>;
    if (decoder.backend === 'ffmpeg' && backend === 'auto' && !isolate) {
      context.warn(
        'media/other-backend',
        'Decodes in a process of FFmpeg, which costs a copy more: the optional package node-av is not installed',
      );
    }
    return { decoder, claim: context.budget.claim(context.name, threads) };
  },
  negotiate: { srcCaps: ({ resource }) => (resource === undefined ? rawVideo().caps : videoCaps(resource.decoder.video!)) },
  close: async ({ decoder, claim }) => {
    await decoder.close();
    claim.release();
  },
  create: ({ props, resource: { decoder }, caps: { src }, context }) => {
    const pad = new FramePad(context, 'src', src, decoder.video);
    const corrupt = new CorruptPictures(props, context);
    const give = (frame: VideoFrame | undefined): ReturnType<FramePad['buffer']> | Skipped | undefined => {
      if (frame === undefined) return undefined;
      context.position(frame.ptsUs + (frame.durationUs ?? 0), frame.info.durationUs);
      const given = corrupt.pass(frame);
      return given instanceof Skipped ? given : pad.buffer(given);
    };
    return {
      produce: () => {
        const frame = decoder.next();
        return frame instanceof Promise ? frame.then(give) : give(frame);
      },
      close: () => {
        corrupt.tell();
        const { corruptPackets } = decoder.statistics;
        if (corruptPackets > 0) context.post('corruptPackets', corruptPackets);
      },
    };
  },
});
