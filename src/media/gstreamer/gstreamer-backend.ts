import { chooseProcess } from '../gstreamer-binding/choose-process.ts';
import { readHere } from '../gstreamer-binding/read-here.ts';
import type { MediaBackend } from '../reader/media-backend.ts';
import type { MediaInput } from '../reader/media-input.ts';
import type { MediaReader, ReadOptions, StreamInfos } from '../reader/media-reader.ts';
import { gstreamerProgram } from './gstreamer-program.ts';
import { GstreamerReader } from './gstreamer-reader.ts';

/** GStreamer's program: reads everything, and what only its elements can bring, such as those of makers of cameras and accelerators. */
export class GstreamerBackend implements MediaBackend {
  readonly name = 'gstreamer';
  readonly summary = 'gst-launch-1.0 in a process of its own';

  async version(input?: MediaInput): Promise<string> {
    return input?.kind === 'launch' ? (await chooseProcess(input)).because : (await gstreamerProgram()).version;
  }

  refuses(input: MediaInput): string | undefined {
    const isDevice = input.kind === 'camera' || input.kind === 'microphone';
    if (isDevice && process.platform !== 'linux') return `it knows no devices of ${process.platform} but by a launch line`;
    if (input.kind === 'network' && input.caFile !== undefined && /^rtsps:/i.test(input.url)) {
      return 'of RTSP it trusts no certificates but those that the system knows';
    }
    return undefined;
  }

  async open(input: MediaInput, options: ReadOptions): Promise<MediaReader> {
    const { binding } = input.kind === 'launch' ? await chooseProcess(input) : {};
    if (input.kind === 'launch' && binding !== undefined) return readHere(binding, input, options);
    return GstreamerReader.open(input, options);
  }

  probe(input: MediaInput, wishes: Pick<ReadOptions, 'video' | 'audio'>): Promise<StreamInfos> {
    return GstreamerReader.probe(input, wishes);
  }
}
