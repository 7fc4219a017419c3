// What every video decoder gives, whichever library stands behind it: frames in arena slabs, in order, each with its own
// layout, so that a change of size in the middle of a stream is just the next frame.
import type { Arena } from '../../memory/arena.ts';
import type { Pool } from '../../memory/pool.ts';
import type { Slab } from '../../memory/slab.ts';
import { FfmpegDecoder } from '../ffmpeg/ffmpeg-decoder.ts';
import type { FrameLayout } from '../frame-layout.ts';
import { MediaError } from '../media-error.ts';
import { NodeAvDecoder } from '../node-av/node-av-decoder.ts';
import type { VideoStreamInfo } from './video-stream-info.ts';

export interface DecodedFrame {
  /** Holds the pixels; the receiver owns its one reference. */
  readonly slab: Slab;
  readonly layout: FrameLayout;
  /** Microseconds from the container's start; never negative, and rising on through loops. */
  readonly ptsUs: number;
  readonly durationUs: number | undefined;
  readonly keyFrame: boolean;
  /** The decoder had to guess parts of the picture. */
  readonly corrupt: boolean;
  /** Something before this frame was lost. */
  readonly discont: boolean;
  /** How often the file has been started over before this frame. */
  readonly epoch: number;
  readonly info: VideoStreamInfo;
}

export interface VideoDecoderStatistics {
  readonly frames: number;
  readonly corruptFrames: number;
  /** Packets the decoder refused; the next frame after one is `discont`. */
  readonly corruptPackets: number;
}

export interface VideoDecoder {
  /** What decodes: FFmpeg in the process, or in one of its own. */
  readonly backend: 'node-av' | 'ffmpeg';
  /** The stream as of the frame given last; before the first frame, as the container describes it. */
  readonly info: VideoStreamInfo;
  readonly statistics: VideoDecoderStatistics;
  /** The pool the frames come from: the one given, or the decoder's own once there is a frame. */
  readonly pool: Pool | undefined;
  /**
   * The next frame, at once where one is ready; `undefined` at the end. One call at a time.
   *
   * @throws MediaError `media/truncated` after the last frame of a file that ends too early, `media/unreadable` when reading
   * fails on the way. After an error the decoder is at its end.
   */
  next(): DecodedFrame | undefined | Promise<DecodedFrame | undefined>;
  /** Ends the decoder at any moment and gives back every slab it still holds. Safe to call twice. */
  close(): Promise<void>;
}

export interface OpenVideoOptions {
  readonly arena: Arena;
  /** Who decodes, by the element's name: the name of the pool that the decoder makes. Default: what is decoded. */
  readonly owner?: string | undefined;
  /** Where frames come from. Default: a pool of the decoder's own with `maxFrames` slabs. */
  readonly pool?: Pool | undefined;
  /** Frames that may exist at once, those downstream included, when no pool is given. Default 16. */
  readonly maxFrames?: number | undefined;
  /** Frames decoded ahead of the reader, at least 1. Default 8, at most the pool's limit. */
  readonly framesAhead?: number | undefined;
  /** `true` starts over for ever, a number plays the file that many times. */
  readonly loop?: boolean | number | undefined;
  /** Decoder threads; 0 takes one per core. Default 1, which costs the least CPU and adds no delay. */
  readonly threads?: number | undefined;
  /** `I420` converts every stream; `native` hands NV12 and GRAY8 on as they are. Default `I420`. */
  readonly format?: 'I420' | 'native' | undefined;
  /** Closes the decoder; a waiting `next` rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a video file and starts decoding ahead in a thread of its own; where node-av is not installed, in a process of FFmpeg's
 * (ffmpeg-static's, where its download came through, or the system's).
 *
 * @throws MediaError `media/not-found`, `media/not-a-file`, `media/empty`, `media/permission-denied`, `media/not-media`,
 * `media/truncated`, `media/no-video`, `media/unknown-codec`, `media/library-missing`.
 */
export function openVideoFile(path: string, options: OpenVideoOptions): Promise<VideoDecoder> {
  return NodeAvDecoder.open(path, options).catch(instead(() => FfmpegDecoder.open(path, options)));
}

/** What a video file holds, without decoding it. @throws MediaError as {@link openVideoFile} does. */
export function probeVideoFile(path: string): Promise<VideoStreamInfo> {
  return NodeAvDecoder.probe(path).catch(instead(() => FfmpegDecoder.probe(path)));
}

/** Another way, where the one was barred by a package that is not installed. */
function instead<T>(way: () => Promise<T>): (error: unknown) => Promise<T> {
  return (error) => {
    if (error instanceof MediaError && error.code === 'media/library-missing') return way();
    throw error;
  };
}
