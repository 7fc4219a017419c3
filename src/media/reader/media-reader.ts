// What every reader of media gives, whichever library stands behind it: frames in arena slabs, in order, each with all that is known
// of its stream, so that a change of size in the middle is just the next frame.
import type { Arena } from '../../memory/arena.ts';
import type { Pool } from '../../memory/pool.ts';
import type { VideoStreamInfo } from '../video/video-stream-info.ts';
import type { AudioFormat, AudioStreamInfo } from './audio-stream-info.ts';
import type { BackendName } from './media-backend.ts';
import type { MediaFrame } from './media-frame.ts';
import type { StreamExtents } from './stream-extent.ts';

export interface MediaStatistics {
  /** Pictures and stretches of sound that were given. */
  readonly frames: number;
  readonly corruptFrames: number;
  /** Packets the decoder refused; the next frame after one is `discont`. */
  readonly corruptPackets: number;
  /** Frames of a live input that nobody took in time; the next frame after one is `discont`. */
  readonly overruns: number;
}

/** What is known of an input's streams. */
export interface StreamInfos {
  readonly video: VideoStreamInfo | undefined;
  readonly audio: AudioStreamInfo | undefined;
}

export interface MediaReader<Frame extends MediaFrame = MediaFrame> {
  /** Who reads: FFmpeg in the process, or in one of its own, or GStreamer. */
  readonly backend: BackendName;
  /** The pictures as of the frame given last, before as the container describes them; undefined where there are none, or none are wanted. */
  readonly video: VideoStreamInfo | undefined;
  /** The sound, in the same way. */
  readonly audio: AudioStreamInfo | undefined;
  /** When pictures and sound begin and end, where that is known before. */
  readonly extents?: StreamExtents | undefined;
  readonly statistics: MediaStatistics;
  /** The pool that pictures come from: the one given, or the reader's own once there is a picture. */
  readonly pool: Pool | undefined;
  /**
   * The next frame, at once where one is ready; `undefined` at the end. One call at a time.
   *
   * @throws MediaError `media/truncated` after the last frame of a file that ends too early, `media/unreadable` when reading
   * fails on the way, `media/timed-out` when the other side falls silent. After an error the reader is at its end.
   */
  next(): Frame | undefined | Promise<Frame | undefined>;
  /** Ends the reader at any moment and gives back every slab it still holds. Safe to call twice. */
  close(): Promise<void>;
}

export interface VideoWish {
  /** `I420` converts every stream; `native` hands NV12 and GRAY8 on as they are. Default `I420`. */
  readonly format?: 'I420' | 'native' | undefined;
  /** Which of several video streams, counted from 0. Default: the best. */
  readonly stream?: number | undefined;
  /** An input without pictures is none that can be read. Default true. */
  readonly required?: boolean | undefined;
}

export interface AudioWish {
  /** Default `F32`. */
  readonly format?: AudioFormat | undefined;
  /** Samples a second. Default: as coded. */
  readonly rate?: number | undefined;
  /** 1 mixes down. Default: as coded. */
  readonly channels?: number | undefined;
  /** How long a stretch of sound is, in microseconds; the last one may be shorter. Default 20 000. */
  readonly chunkUs?: number | undefined;
  /** Which of several audio streams, counted from 0. Default: the best. */
  readonly stream?: number | undefined;
  /** Times follow from the count of samples alone, since what the input stamps them with wanders. Default false. */
  readonly isCounted?: boolean | undefined;
  /** An input without sound is none that can be read. Default true. */
  readonly required?: boolean | undefined;
}

export interface ReadOptions {
  readonly arena: Arena;
  /** Who reads, by the element's name: the name of the pools that the reader makes. Default: what is read. */
  readonly owner?: string | undefined;
  /** Left out, pictures are not wanted. */
  readonly video?: VideoWish | undefined;
  /** Left out, sound is not wanted. */
  readonly audio?: AudioWish | undefined;
  /** Where pictures come from. Default: a pool of the reader's own with `maxFrames` slabs. */
  readonly pool?: Pool | undefined;
  /** Frames of a kind that may exist at once, those downstream included. Default 16. */
  readonly maxFrames?: number | undefined;
  /** Frames decoded ahead of the reader, at least 1. Default 8, at most the pool's limit. */
  readonly framesAhead?: number | undefined;
  /** Decoder threads; 0 takes one per core. Default 1, which costs the least CPU and adds no delay. */
  readonly threads?: number | undefined;
  /** Closes the reader; a waiting `next` rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** @throws RangeError for numbers that are none; gives what the defaults make of them. */
export function checkReadOptions(options: ReadOptions): { limit: number; ahead: number; threads: number } {
  const { pool, maxFrames = 16, framesAhead = 8, threads = 1 } = options;
  const limit = pool?.limit ?? maxFrames;
  if (!(Number.isInteger(limit) && limit >= 1)) throw new RangeError(`maxFrames must be a whole number from 1 on, found ${limit}`);
  if (!(Number.isInteger(framesAhead) && framesAhead >= 1)) {
    throw new RangeError(`framesAhead must be a whole number from 1 on, found ${framesAhead}`);
  }
  if (!(Number.isInteger(threads) && threads >= 0)) throw new RangeError(`threads must be a whole number from 0 on, found ${threads}`);
  if (options.video === undefined && options.audio === undefined) throw new RangeError('A reader must want video, audio or both');
  return { limit, ahead: Math.min(framesAhead, limit), threads };
}
