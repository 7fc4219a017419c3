// What a reader gives: pictures and stretches of sound, in slabs of the arena.
import type { Slab } from '../../memory/slab.ts';
import type { FrameLayout } from '../frame-layout.ts';
import type { VideoStreamInfo } from '../video/video-stream-info.ts';
import type { AudioStreamInfo } from './audio-stream-info.ts';

interface Moment {
  /** Holds the payload; the receiver owns its one reference. */
  readonly slab: Slab;
  /** Microseconds from where the input begins, the same for its pictures and its sound; never negative, and rising on through loops. */
  readonly ptsUs: number;
  readonly durationUs: number | undefined;
  /** Something before it was lost. */
  readonly discont: boolean;
  /** How often the input has been started over before. */
  readonly epoch: number;
  /** When it was captured, of sound when its first sample was, in microseconds since 1970, by the clock of the sender where it tells, else by this machine's; live inputs only. */
  readonly capturedAtUs: number | undefined;
}

/** One picture. */
export interface VideoFrame extends Moment {
  readonly kind: 'video';
  readonly layout: FrameLayout;
  readonly keyFrame: boolean;
  /** The decoder had to guess parts of the picture. */
  readonly corrupt: boolean;
  readonly info: VideoStreamInfo;
}

/** A stretch of sound. */
export interface AudioFrame extends Moment {
  readonly kind: 'audio';
  /** Samples of each channel. */
  readonly samples: number;
  readonly info: AudioStreamInfo;
}

export type MediaFrame = VideoFrame | AudioFrame;
