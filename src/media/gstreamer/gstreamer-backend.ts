import type { MediaBackend } from '../reader/media-backend.ts';
import type { MediaInput } from '../reader/media-input.ts';
import type { MediaReader, ReadOptions, StreamInfos } from '../reader/media-reader.ts';
import { gstreamerProgram } from './gstreamer-program.ts';
import { GstreamerReader } from './gstreamer-reader.ts';

/** GStreamer's program: for what only its elements can bring, such as those of makers of cameras and accelerators. */
export class GstreamerBackend implements MediaBackend {
  readonly name = 'gstreamer';
  readonly summary = 'gst-launch-1.0 in a process of its own';

  async version(): Promise<string> {
    return (await gstreamerProgram()).version;
  }

  refuses(input: MediaInput): string | undefined {
    return input.kind === 'launch' ? undefined : 'it reads launch lines only';
  }

  open(input: MediaInput, options: ReadOptions): Promise<MediaReader> {
    return GstreamerReader.open(input, options);
  }

  /** A launch line says what it gives only when it runs. */
  probe(input: MediaInput, wishes: Pick<ReadOptions, 'video' | 'audio'>): Promise<StreamInfos> {
    return GstreamerReader.probe(input, wishes);
  }
}
