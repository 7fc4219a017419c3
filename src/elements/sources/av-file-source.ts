// Reads pictures and sound of one file, in step: both count from where the file begins, and leave in the order the file holds them.
//
// video: video/raw, as video-file-source gives it. audio: audio/raw, as audio-file-source gives it. What is not linked is not decoded.
// Where both are linked and the file has only one, the other ends at once. Where one begins later, ends earlier or (of sound) has a
// hole of more than a second, gaps say so. A branch that takes nothing holds up the other too, since the file is read once: queues
// after it have to hold as much as the branches may be apart.
//
// Errors: those of video-file-source and audio-file-source. `media/no-video` and `media/no-audio` are errors where nothing else is linked.
import { resolve } from 'node:path';
import { z } from 'zod';
import { checkInputFile } from '../../core/check-input-file.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { srcPad } from '../../core/element/pad-template.ts';
import { ElementError } from '../../core/errors.ts';
import { OnPad } from '../../core/stream/on-pad.ts';
import { rawAudio, rawVideo } from '../../media/media-types.ts';
import { audioProps } from '../../media/reader/audio-props.ts';
import { backendProps } from '../../media/reader/backend-props.ts';
import { audioCaps, FramePad, videoCaps } from '../../media/reader/frame-pad.ts';
import type { MediaFrame } from '../../media/reader/media-frame.ts';
import { openMedia } from '../../media/reader/open-media.ts';
import { StreamGaps } from '../../media/reader/stream-gaps.ts';

const { format, rate, channels, chunkMs } = audioProps;

const props = z.strictObject({
  path: z.string().min(1).meta({ description: 'The file; relative paths are relative to the graph.' }),
  loop: z.boolean().default(false).meta({ description: 'Begins again at the end; pts go on rising.' }),
  videoStream: z.int().min(0).optional().meta({ description: 'Which of several video streams, counted from 0. Default: the best.' }),
  audioStream: z.int().min(0).optional().meta({ description: 'Which of several audio streams, counted from 0. Default: the best.' }),
  threads: z.int().min(1).max(64).default(1).meta({ description: "The decoder's threads; one is cheapest in CPU time per frame." }),
  audioFormat: format,
  rate,
  channels,
  chunkMs,
  ...backendProps,
});

/** Pictures, and stretches of sound, decoded before they are asked for. */
const AHEAD = 8;

export const avFileSource = defineElement({
  name: 'av-file-source',
  klass: 'Source/AudioVideo/File',
  summary: 'Reads and decodes pictures and sound of one file, in step.',
  example: 'av-file-source path=media/shapes.mp4 name=film ! fake-sink',
  props,
  pads: { video: srcPad(rawVideo(), { presence: 'sometimes' }), audio: srcPad(rawAudio(), { presence: 'sometimes' }) },
  files: ({ path }) => ({ reads: [path] }),
  check: ({ props: { path }, baseFolder }) => checkInputFile(baseFolder, path, '/props/path'),
  open: async ({ props, context }) => {
    const { path, loop, videoStream, audioStream, threads, audioFormat, rate, channels, chunkMs, backend, isolate } = props;
    const file = resolve(context.baseFolder, path);
    const wanted = { video: context.isLinked('video'), audio: context.isLinked('audio') };
    if (!wanted.video && !wanted.audio) {
      const text = `Nothing is linked to ${context.name}; link its pad video, its pad audio or both`;
      throw new ElementError(context.name, 'element/nothing-linked', text);
    }
    // Of a file that lacks the one stream that somebody asks for there is nothing to read.
    const required = wanted.video !== wanted.audio;
    context.reads(file);
    const reader = await openMedia(
      { kind: 'file', path: file, loop },
      {
        arena: context.arena,
        owner: context.name,
        ...(wanted.video ? { video: { format: 'native' as const, stream: videoStream, required } } : {}),
        ...(wanted.audio
          ? { audio: { format: audioFormat, rate, channels, chunkUs: Math.round(chunkMs * 1000), stream: audioStream, required } }
          : {}),
        maxFrames: context.downstreamCapacity + AHEAD,
        framesAhead: AHEAD,
        threads,
        signal: context.signal,
      },
      { backend, isolate },
    );
    return { reader, claim: context.budget.claim(context.name, threads) };
  },
  negotiate: {
    srcCaps: ({ resource, pad, props: { audioFormat } }) => {
      if (resource === undefined) return pad === 'video' ? rawVideo().caps : rawAudio({ format: audioFormat }).caps;
      const { video, audio } = resource.reader;
      if (pad === 'video') return video === undefined ? [] : videoCaps(video);
      return audio === undefined ? [] : audioCaps(audio);
    },
  },
  close: async ({ reader, claim }) => {
    await reader.close();
    claim.release();
  },
  create: ({ resource: { reader }, caps, context }) => {
    const padOf = {
      video: reader.video && new FramePad(context, 'video', caps.video, reader.video),
      audio: reader.audio && new FramePad(context, 'audio', caps.audio, reader.audio),
    };
    const gaps = new StreamGaps(reader.extents);
    const hasBoth = padOf.video !== undefined && padOf.audio !== undefined;
    const give = (frame: MediaFrame | undefined): OnPad<undefined> | undefined | Promise<OnPad<undefined>> => {
      if (frame === undefined) return undefined;
      const gap = gaps.before(frame);
      context.position(gaps.end, frame.info.durationUs);
      const told = hasBoth && gap !== undefined ? context.gap(gap.kind, { ...gap, source: context.name }) : undefined;
      return told instanceof Promise ? told.then(() => bufferOf(frame)) : bufferOf(frame);
    };
    const bufferOf = (frame: MediaFrame): OnPad<undefined> | Promise<OnPad<undefined>> => {
      const { kind } = frame;
      const buffer = padOf[kind]!.buffer(frame);
      return buffer instanceof Promise ? buffer.then((one) => new OnPad(kind, one)) : new OnPad(kind, buffer);
    };
    return {
      produce: () => {
        const frame = reader.next();
        return frame instanceof Promise ? frame.then(give) : give(frame);
      },
      close: () => {
        const { corruptFrames, corruptPackets } = reader.statistics;
        if (corruptFrames > 0) context.post('corruptFrames', corruptFrames);
        if (corruptPackets > 0) context.post('corruptPackets', corruptPackets);
      },
    };
  },
});
