import type { VideoFormat } from '../frame-layout.ts';

/** How numbers become colours. */
export interface VideoColour {
  readonly matrix: 'bt601' | 'bt709';
  /** `limited`: luma 16..235; `full`: 0..255. */
  readonly range: 'limited' | 'full';
}

/** What a video stream is, as its frames are shown: after rotation. */
export interface VideoStreamInfo extends VideoColour {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** FFmpeg's name of the coded pixel format, such as `yuv420p10le`. */
  readonly codedFormat: string;
  /** The format frames arrive in. */
  readonly format: VideoFormat;
  /** Frames a second on average, where the container tells. */
  readonly frameRate: number | undefined;
  readonly durationUs: number | undefined;
  /** Frames in all, where the container tells. */
  readonly frameCount: number | undefined;
  /** FFmpeg's name of the codec: `h264`, `hevc`, `vp9` … */
  readonly codec: string;
  /** FFmpeg's name of the container, such as `matroska,webm`. */
  readonly container: string;
  /** Clockwise degrees by which coded pictures were turned; frames are upright already. */
  readonly rotation: 0 | 90 | 180 | 270;
  /** Width of a pixel over its height; 1 for square ones. */
  readonly pixelAspect: number;
}

/** The matrix of a stream that names none: bt709 from 720 lines on, bt601 below. */
export function assumedMatrix(height: number): VideoColour['matrix'] {
  return height >= 720 ? 'bt709' : 'bt601';
}
