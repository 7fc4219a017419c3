import type { VideoStreamInfo } from '../video/video-stream-info.ts';
import { type BackendWish, chooseBackend } from './choose-backend.ts';
import type { VideoFrame } from './media-frame.ts';
import type { FileInput, MediaInput } from './media-input.ts';
import type { MediaReader, ReadOptions, VideoWish } from './media-reader.ts';

/**
 * Opens media and starts reading ahead, by the back end that can and costs the least.
 *
 * @throws MediaError `media/not-found`, `media/not-a-file`, `media/empty`, `media/permission-denied`, `media/not-media`,
 * `media/truncated`, `media/no-video`, `media/no-audio`, `media/unknown-codec`, `media/no-backend`; of what is not a file
 * `media/bad-url`, `media/refused`, `media/unauthorised`, `media/unreachable`, `media/timed-out`, `media/certificate`,
 * `media/no-device`, `media/busy`, too.
 */
export async function openMedia(input: MediaInput, options: ReadOptions, wish: BackendWish = {}): Promise<MediaReader> {
  const { backend } = await chooseBackend(input, wish);
  return backend.open(input, options);
}

export interface OpenVideoOptions extends Omit<ReadOptions, 'video' | 'audio'>, VideoWish, BackendWish {
  readonly loop?: FileInput['loop'];
}

/** Opens the pictures of a file. @throws MediaError as {@link openMedia} does. */
export function openVideoFile(path: string, options: OpenVideoOptions): Promise<MediaReader<VideoFrame>> {
  const { format, stream, loop, backend, isolate, ...rest } = options;
  const reader = openMedia({ kind: 'file', path, loop }, { ...rest, video: { format, stream } }, { backend, isolate });
  return reader as Promise<MediaReader<VideoFrame>>;
}

/** What the pictures of a file are like, without decoding them. @throws MediaError as {@link openMedia} does. */
export async function probeVideoFile(path: string): Promise<VideoStreamInfo> {
  const { backend } = await chooseBackend({ kind: 'file', path });
  return (await backend.probe({ kind: 'file', path }, { video: {} })).video!;
}
