// What every video encoder takes, whichever library stands behind it: frames in arena slabs, each with its own time.
import type { Arena } from '../../memory/arena.ts';
import type { Slab } from '../../memory/slab.ts';
import type { FrameLayout } from '../frame-layout.ts';
import { NodeAvEncoder } from '../node-av/node-av-encoder.ts';
import type { VideoColour } from './video-stream-info.ts';

export const VIDEO_CODECS = ['h264', 'hevc', 'vp8', 'vp9', 'av1', 'mpeg4', 'mjpeg'] as const;

export type VideoCodec = (typeof VIDEO_CODECS)[number];

export interface CreateVideoOptions extends Partial<VideoColour> {
  readonly arena: Arena;
  /** How every frame lies in its slab. Odd sizes grow by one column or row, a copy of the last, where the codec needs even ones. */
  readonly layout: FrameLayout;
  /** Frames a second, for rate control and for containers without times of their own (AVI). Default 25. */
  readonly frameRate?: number | undefined;
  /** `auto` takes what the container is usual with: H.264 where the build has it, else MPEG-4; VP9 in WebM. Default `auto`. */
  readonly codec?: VideoCodec | 'auto' | undefined;
  /** Speed against size, where the encoder knows presets. Default `veryfast`. */
  readonly preset?: 'ultrafast' | 'veryfast' | 'medium' | undefined;
  /** Constant quality, 0 (best, largest) to 51. Default 23. */
  readonly quality?: number | undefined;
  /** Largest distance between key frames, in frames. Default 250, and 50 when fragmented. */
  readonly keyInterval?: number | undefined;
  /** MP4 and MOV in fragments under their final name: what was written before a kill stays readable. Default false. */
  readonly fragmented?: boolean | undefined;
  /** Encoder threads; 0 takes one per core. Default 1. */
  readonly threads?: number | undefined;
  /** Frames that may wait for the encoder before `write` pushes back. Default 4. */
  readonly maxPending?: number | undefined;
}

export interface EncodedVideo {
  readonly path: string;
  readonly frames: number;
  readonly bytes: number;
}

export interface VideoEncoder {
  /** FFmpeg's name of the codec in the file. */
  readonly codec: string;
  /** FFmpeg's name of the encoder that makes it: `libx264`, `mpeg4` … */
  readonly encoder: string;
  /**
   * Takes a frame; the encoder retains the slab while it needs it. Returns a promise when too many frames are waiting already.
   *
   * @param ptsUs Microseconds, larger than the frame's before.
   * @throws MediaError `media/disk-full`, `media/write-failed`, `media/encoding`, `media/not-monotonic`; of an earlier frame, too.
   */
  write(slab: Slab, ptsUs: number, durationUs?: number): void | Promise<void>;
  /** Writes what is still under way and closes the file; when it resolves, the file is on the disk under its name. */
  finish(): Promise<EncodedVideo>;
  /** Gives up. The unfinished file is removed; a fragmented one stays, ended properly where possible. Safe at any time. */
  abort(): Promise<void>;
}

/**
 * Creates a video file; its container follows from the name: `.mp4`, `.m4v`, `.mov`, `.mkv`, `.webm`, `.ts`, `.avi`. Until it
 * is finished it bears its name with `.part` behind it, unless it is fragmented.
 *
 * @throws MediaError `media/unknown-container`, `media/folder-missing`, `media/permission-denied`, `media/is-folder`,
 * `media/no-encoder`, `media/codec-mismatch`, `media/library-missing`.
 */
export function createVideoFile(path: string, options: CreateVideoOptions): Promise<VideoEncoder> {
  return NodeAvEncoder.create(path, options);
}
