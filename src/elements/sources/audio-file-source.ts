// Reads the sound of a file: WAV, MP3, FLAC, Ogg, Opus, M4A and others, or that of a video.
//
// src: audio/raw, all channels side by side, in buffers of one length; pts in microseconds from the start of the file, by the count of
// samples. Where the file has a hole, the buffer after it is `discont`. A picture on the cover is passed over.
//
// Errors: `media/not-found`, `media/not-media`, `media/no-audio`, `media/no-stream`, `media/unknown-codec`, and `media/truncated` for
// a file that breaks off, after everything that could be decoded has been delivered.
import { resolve } from 'node:path';
import { z } from 'zod';
import { checkInputFile } from '../../core/check-input-file.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { srcPad } from '../../core/element/pad-template.ts';
import { rawAudio } from '../../media/media-types.ts';
import { audioProps } from '../../media/reader/audio-props.ts';
import { backendProps } from '../../media/reader/backend-props.ts';
import { audioCaps, FramePad } from '../../media/reader/frame-pad.ts';
import { openMedia } from '../../media/reader/open-media.ts';

const props = z.strictObject({
  path: z.string().min(1).meta({ description: 'The file; relative paths are relative to the graph.' }),
  loop: z.boolean().default(false).meta({ description: 'Begins again at the end; pts go on rising.' }),
  stream: z.int().min(0).optional().meta({ description: 'Which of several audio streams, counted from 0. Default: the best.' }),
  ...audioProps,
  ...backendProps,
});

/** Buffers decoded before they are asked for. */
const AHEAD = 4;

export const audioFileSource = defineElement({
  name: 'audio-file-source',
  klass: 'Source/Audio/File',
  summary: 'Reads and decodes the sound of a file.',
  example: 'audio-file-source path=speech.wav rate=16000 channels=1 ! fake-sink',
  props,
  pads: { src: srcPad(rawAudio()) },
  files: ({ path }) => ({ reads: [path] }),
  check: ({ props: { path }, baseFolder }) => checkInputFile(baseFolder, path, '/props/path'),
  open: ({ props: { path, loop, stream, format, rate, channels, chunkMs, backend, isolate }, context }) => {
    const file = resolve(context.baseFolder, path);
    context.reads(file);
    return openMedia(
      { kind: 'file', path: file, loop },
      {
        arena: context.arena,
        owner: context.name,
        audio: { format, rate, channels, chunkUs: Math.round(chunkMs * 1000), stream },
        maxFrames: context.downstreamCapacity + AHEAD,
        framesAhead: AHEAD,
        signal: context.signal,
      },
      { backend, isolate },
    );
  },
  negotiate: {
    srcCaps: ({ resource, props: { format } }) => (resource === undefined ? rawAudio({ format }).caps : audioCaps(resource.audio!)),
  },
  close: (reader) => reader.close(),
  create: ({ resource: reader, caps: { src }, context }) => {
    const pad = new FramePad(context, 'src', src, reader.audio);
    return {
      produce: () => {
        const give = (frame: Awaited<ReturnType<typeof reader.next>>) => {
          if (frame === undefined) return undefined;
          context.position(frame.ptsUs + (frame.durationUs ?? 0), frame.info.durationUs);
          return pad.buffer(frame);
        };
        const frame = reader.next();
        return frame instanceof Promise ? frame.then(give) : give(frame);
      },
    };
  },
});
