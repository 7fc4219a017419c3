// What the ending of a video file's name says: its container, and the codecs that it holds. Known without any library.
import { MediaError } from '../media-error.ts';
import type { VideoCodec } from './video-encoder.ts';

export interface Container {
  /** FFmpeg's name of the muxer. */
  readonly muxer: string;
  readonly codecs: readonly VideoCodec[];
  /** What `auto` means here, the most wanted first. */
  readonly usual: readonly VideoCodec[];
}

const MP4: Container = { muxer: 'mp4', codecs: ['h264', 'hevc', 'vp9', 'av1', 'mpeg4', 'mjpeg'], usual: ['h264', 'mpeg4'] };

const CONTAINERS: Record<string, Container> = {
  '.mp4': MP4,
  '.m4v': MP4,
  '.mov': { ...MP4, muxer: 'mov', codecs: ['h264', 'hevc', 'mpeg4', 'mjpeg'] },
  '.mkv': { muxer: 'matroska', codecs: ['h264', 'hevc', 'vp8', 'vp9', 'av1', 'mpeg4', 'mjpeg'], usual: ['h264', 'mpeg4'] },
  '.webm': { muxer: 'webm', codecs: ['vp8', 'vp9', 'av1'], usual: ['vp9', 'vp8', 'av1'] },
  '.ts': { muxer: 'mpegts', codecs: ['h264', 'hevc', 'mpeg4'], usual: ['h264', 'mpeg4'] },
  '.avi': { muxer: 'avi', codecs: ['mpeg4', 'mjpeg'], usual: ['mpeg4'] },
};

/** @throws MediaError `media/unknown-container`. */
export function containerOf(path: string): Container {
  const extension = /\.[^./\\]*$/.exec(path)?.[0].toLowerCase() ?? '';
  const container = CONTAINERS[extension];
  if (container !== undefined) return container;
  const known = Object.keys(CONTAINERS).join(', ');
  const found = extension === '' ? 'its name has no extension' : `"${extension}" names no container that can be written`;
  throw new MediaError('media/unknown-container', `Cannot write ${path}: ${found}; expected one of ${known}`);
}

/** @throws MediaError `media/codec-mismatch` when a container does not hold a codec. */
export function checkCodec(path: string, container: Container, wanted: VideoCodec | 'auto'): void {
  if (wanted !== 'auto' && !container.codecs.includes(wanted)) {
    throw new MediaError(
      'media/codec-mismatch',
      `Cannot write ${path}: ${container.muxer} files hold ${container.codecs.join(', ')}, found codec ${wanted}; choose one of them, or .mkv, which holds all`,
    );
  }
}
