// Encodes frames into a video file, in a thread of its own.
//
// sink: video/raw, I420 preferred (it is what encoders take). Pts are kept in microseconds, variable frame rates included; where
// a restarted source begins anew at 0 the film goes on behind what there is. The file is written under a temporary name beside
// its own and takes its own when it is complete; eos is reported after that. A file has one size, that of its first frame:
// frames of another one are letterboxed into it. Odd sizes grow by one pixel where the codec wants even ones.
//
// Errors: `media/unknown-container`, `media/codec-mismatch`, `media/no-encoder`, `media/folder-missing`, `media/is-folder`,
// `media/permission-denied`, `media/disk-full`, `media/same-file`, `media/not-monotonic`, `media/gap-too-long`, `media/encoding`.
import { resolve } from 'node:path';
import { z } from 'zod';
import type { FixedCaps } from '../../core/caps/caps.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { sinkPad } from '../../core/element/pad-template.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import { frameLayout, type VideoFormat } from '../../media/frame-layout.ts';
import type { MediaError } from '../../media/media-error.ts';
import { rawVideo, type VideoInfo } from '../../media/media-types.ts';
import { makeFolderOf } from '../../media/output/output-file.ts';
import { type FrameShape, frameFitter, isSameShape } from '../../media/picture/frame-fitter.ts';
import { checkCodec, containerOf } from '../../media/video/video-container.ts';
import { createVideoFile, VIDEO_CODECS, type VideoEncoder } from '../../media/video/video-encoder.ts';
import { Pool } from '../../memory/pool.ts';
import type { ThreadClaim } from '../../threads/thread-budget.ts';

const props = z.strictObject({
  path: z.string().min(1).meta({
    description: 'The file, ending in .mp4, .mkv, .mov, .webm, .ts or .avi; relative paths are relative to the current folder.',
  }),
  codec: z
    .enum(['auto', ...VIDEO_CODECS])
    .default('auto')
    .meta({ description: 'The codec. Default: H.264, or what the FFmpeg build has; VP9 in .webm.' }),
  preset: z.enum(['auto', 'ultrafast', 'veryfast', 'medium']).default('auto').meta({
    description: 'Speed against size, where the encoder knows presets. Default: veryfast below 720 lines, ultrafast from there on.',
  }),
  quality: z.int().min(0).max(51).default(23).meta({ description: 'Constant rate factor: lower is better and larger.' }),
  threads: z.int().min(1).max(64).default(1).meta({ description: "The encoder's threads." }),
  fragmented: z
    .boolean()
    .default(false)
    .meta({ description: 'Writes an mp4 under its final name from the start, readable even when the program dies before the end.' }),
  mkdir: z.boolean().default(true).meta({ description: "Makes the file's folder, and those above it, where they are missing." }),
});

/** The film, from its first frame to its end, whatever caps do meanwhile. */
interface Film {
  readonly file: string;
  begun: { readonly encoder: VideoEncoder; readonly shape: FrameShape; readonly claim: ThreadClaim } | undefined;
  finished: boolean;
  epoch: number;
  /** When its last frame ends, and what is added to pts, in microseconds. */
  end: number;
  shift: number;
}

export const videoFileSink = defineElement({
  name: 'video-file-sink',
  klass: 'Sink/Video/File',
  summary: 'Encodes frames into a video file.',
  example: 'video-test-source count=100 ! video-file-sink path=out/test.mp4',
  props,
  pads: { sink: sinkPad(rawVideo()) },
  queued: true,
  files: ({ path, mkdir }) => ({ writes: [path], makesFolders: mkdir }),
  check: ({ props: { path, codec } }) => {
    try {
      checkCodec(path, containerOf(path), codec);
      return [];
    } catch (error) {
      const { code, message } = error as MediaError;
      return [{ code, path: code === 'media/codec-mismatch' ? '/props/codec' : '/props/path', message }];
    }
  },
  open: ({ props: { path }, context }): Film => {
    const file = resolve(context.outputFolder, path);
    context.writes(file);
    return { file, begun: undefined, finished: false, epoch: 0, end: 0, shift: 0 };
  },
  close: async ({ begun, finished }) => {
    if (!finished) await begun?.encoder.abort();
    begun?.claim.release();
  },
  create: async ({ props: { path, mkdir, preset, ...options }, resource: film, caps: { sink }, context }) => {
    const { arena, name } = context;
    const shape = shapeOf(sink);
    if (film.begun === undefined) {
      if (mkdir) makeFolderOf(film.file);
      const frameRate = (sink.info as Partial<VideoInfo> | undefined)?.frameRate;
      const { layout, colour } = shape;
      const settings = { ...options, frameRate, preset: preset === 'auto' ? presetFor(layout.height) : preset };
      const encoder = await createVideoFile(film.file, { arena, layout, ...colour, ...settings });
      film.begun = { encoder, shape, claim: context.budget.claim(name, options.threads) };
      context.post('output', path);
      context.post('encoder', encoder.encoder);
    }
    const { encoder, shape: filmed } = film.begun;
    const write = (slab: StreamBuffer['slab'], buffer: StreamBuffer) => encoder.write(slab, timeIn(film, buffer), buffer.duration);
    const finish = async (): Promise<void> => {
      film.finished = true;
      await encoder.finish();
    };
    if (isSameShape(shape, filmed)) return { render: (buffer) => write(buffer.slab, buffer), finish };
    const fitter = frameFitter(arena, shape, filmed);
    const pool = Pool.create(arena, { name, slabBytes: filmed.layout.bytes, limit: FITTED_FRAMES });
    return {
      render: async (buffer) => {
        const slab = await pool.acquire();
        try {
          fitter.fit(buffer.slab.offset, slab.offset);
          await write(slab, buffer);
        } finally {
          slab.release();
        }
      },
      finish,
      close: () => {
        fitter.close();
        pool.close();
      },
    };
  },
});

/**
 * What leaves most of two cores to a model. CPU milliseconds a frame of street video with libx264 on an EPYC core, ultrafast and
 * veryfast: 0.7 and 1.6 at 320×320, 1.6 and 4.6 at 640×360, 5.7 and 15 at 1280×720, 12 and 32 at 1920×1080.
 */
function presetFor(height: number): 'ultrafast' | 'veryfast' {
  return height < 720 ? 'veryfast' : 'ultrafast';
}

/** Frames of another size that may be on their way through the encoder, which takes four and holds the one it works on. */
const FITTED_FRAMES = 6;

/** When a frame is to be shown in the film. */
function timeIn(film: Film, { pts, duration, epoch }: StreamBuffer): number {
  if (epoch !== film.epoch && pts + film.shift < film.end) film.shift = film.end - pts;
  film.epoch = epoch;
  film.end = pts + film.shift + (duration ?? 1);
  return pts + film.shift;
}

function shapeOf({ fields, info }: FixedCaps): FrameShape {
  const layout = frameLayout(fields['format'] as VideoFormat, fields['width'] as number, fields['height'] as number);
  const { matrix = 'bt601', range = 'limited' } = (info ?? {}) as Partial<VideoInfo>;
  return { layout, colour: { matrix, range } };
}
