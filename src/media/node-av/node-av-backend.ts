import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { MediaError } from '../media-error.ts';
import type { MediaBackend } from '../reader/media-backend.ts';
import type { MediaInput } from '../reader/media-input.ts';
import type { MediaReader, ReadOptions, StreamInfos } from '../reader/media-reader.ts';
import { alsaHindrance } from './alsa-environment.ts';
import { NodeAvReader } from './node-av-reader.ts';

/** FFmpeg as a library, by the optional package node-av: the cheapest way, with one thread for each input. */
export class NodeAvBackend implements MediaBackend {
  readonly name = 'node-av';
  readonly summary = 'FFmpeg in this process, in a thread of its own';

  /** Looks for the package without loading it, which takes a tenth of a second. */
  async version(): Promise<string> {
    const missing = (what: string): MediaError =>
      new MediaError('media/library-missing', `the optional package ${what} is not installed; run npm install node-av`);
    const require = createRequire(import.meta.url);
    let entry: string;
    try {
      entry = require.resolve('node-av');
    } catch {
      throw missing('node-av');
    }
    const binary = `@seydx/node-av-${process.platform}-${process.arch}${process.platform === 'win32' ? '-msvc' : ''}`;
    try {
      require.resolve(`${binary}/package.json`);
    } catch {
      throw missing(`${binary}, which node-av needs here,`);
    }
    const { version } = JSON.parse(await readFile(join(dirname(entry), '..', 'package.json'), 'utf8')) as { version: string };
    return `node-av ${version}`;
  }

  refuses(input: MediaInput): string | undefined {
    if (input.kind === 'launch') return 'it runs no launch lines';
    if (input.kind !== 'microphone') return undefined;
    return input.system === 'pulse' ? 'it does not speak to PulseAudio' : alsaHindrance();
  }

  open(input: MediaInput, options: ReadOptions): Promise<MediaReader> {
    return NodeAvReader.open(input, options);
  }

  probe(input: MediaInput, wishes: Pick<ReadOptions, 'video' | 'audio'>): Promise<StreamInfos> {
    return NodeAvReader.probe(input, wishes);
  }
}
