import type { MediaBackend } from '../reader/media-backend.ts';
import type { MediaInput } from '../reader/media-input.ts';
import type { MediaReader, ReadOptions, StreamInfos } from '../reader/media-reader.ts';
import { ffmpegProgram } from './ffmpeg-program.ts';
import { FfmpegReader } from './ffmpeg-reader.ts';

/** FFmpeg's program, of whatever make: what crashes there takes nothing along; every frame is copied once more. */
export class FfmpegBackend implements MediaBackend {
  readonly name = 'ffmpeg';
  readonly summary = 'FFmpeg in a process of its own';

  async version(): Promise<string> {
    return (await ffmpegProgram()).version;
  }

  refuses(input: MediaInput): string | undefined {
    return input.kind === 'launch' ? 'it runs no launch lines' : undefined;
  }

  open(input: MediaInput, options: ReadOptions): Promise<MediaReader> {
    return FfmpegReader.open(input, options);
  }

  probe(input: MediaInput, wishes: Pick<ReadOptions, 'video' | 'audio'>): Promise<StreamInfos> {
    return FfmpegReader.probe(input, wishes);
  }
}
