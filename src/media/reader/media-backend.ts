// The ways to read media, and what each of them must be able to tell before it is used.
import type { MediaInput } from './media-input.ts';
import type { MediaReader, ReadOptions, StreamInfos } from './media-reader.ts';

export const BACKENDS = ['node-av', 'ffmpeg', 'gstreamer'] as const;

export type BackendName = (typeof BACKENDS)[number];

export interface MediaBackend {
  readonly name: BackendName;
  /** What it is, as half a sentence: `FFmpeg in this process`. */
  readonly summary: string;
  /**
   * Which version is there, as its own words tell.
   *
   * @param input What it is to read, where that makes a difference.
   * @throws MediaError `media/library-missing` with what would bring it.
   */
  version(input?: MediaInput): Promise<string>;
  /** Why it cannot read an input, as half a sentence, however well it is installed; undefined where it can. */
  refuses(input: MediaInput): string | undefined;
  /** @throws MediaError as {@link openMedia} does. */
  open(input: MediaInput, options: ReadOptions): Promise<MediaReader>;
  /** What an input holds of what is wanted, without decoding it. @throws MediaError as {@link openMedia} does. */
  probe(input: MediaInput, wishes: Pick<ReadOptions, 'video' | 'audio'>): Promise<StreamInfos>;
}
