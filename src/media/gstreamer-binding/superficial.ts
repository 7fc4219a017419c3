// The optional package gstreamer-superficial: GStreamer in this process. It tells no times of what it gives, which therefore comes with
// them before it, in packets, as it does by a pipe; docs/design/16-gstreamer.md says what else it does and does not do.
import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import { MediaError } from '../media-error.ts';

/** What an appsink is here. */
export interface SuperficialSink {
  /** Waits, in a thread of libuv's, for what comes next; null at the end, once it is stopped, and before it plays. */
  pull(come: (bytes: Buffer | null) => void): void;
}

export interface SuperficialMessage {
  readonly type: string;
  readonly message?: string;
  readonly debug?: string;
  /** The path of the element. */
  readonly name?: string;
}

export interface SuperficialPipeline {
  play(): void;
  /** Has every wait come to its end. It can be played again. */
  stop(): void;
  /** Waits for messages, in a thread of libuv's, until it is stopped. */
  pollBus(hear: (message: SuperficialMessage) => void): void;
  findChild(name: string): SuperficialSink;
}

export interface Superficial {
  /** The package's, such as 1.7.4. */
  readonly version: string;
  readonly Pipeline: new (line: string) => SuperficialPipeline;
}

/** @throws MediaError `media/library-missing` where it is not installed, `media/library-failed` where it does not load here. */
export function loadSuperficial(require: (name: string) => unknown = createRequire(import.meta.url), isMain = isMainThread): Superficial {
  // It ends the process where a second thread loads it.
  if (!isMain)
    throw new MediaError('media/library-failed', `the package gstreamer-superficial runs in the main thread only, and this is another`);
  try {
    const { Pipeline } = require('gstreamer-superficial') as Pick<Superficial, 'Pipeline'>;
    const { version } = require('gstreamer-superficial/package.json') as { version: string };
    return { Pipeline, version };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'MODULE_NOT_FOUND') {
      const text = `the package gstreamer-superficial is not installed; npm install gstreamer-superficial, which wants a compiler and GStreamer's headers (libgstreamer1.0-dev, libgstreamer-plugins-base1.0-dev)`;
      throw new MediaError('media/library-missing', text, { cause });
    }
    throw new MediaError('media/library-failed', `the package gstreamer-superficial does not load: ${message.split('\n')[0]}`, { cause });
  }
}
