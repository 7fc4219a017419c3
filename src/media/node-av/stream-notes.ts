import type { MessagePort } from 'node:worker_threads';
import type { PoolHandle } from '../../memory/pool.ts';
import type { AudioStreamInfo } from '../reader/audio-stream-info.ts';
import type { VideoStreamInfo } from '../video/video-stream-info.ts';
import { type ErrorNote, errorNote } from './error-note.ts';

/** What is told of frames beside their records, and read by the other side when a record needs it. */
export type StreamNote =
  | { readonly kind: 'video'; readonly info: VideoStreamInfo; readonly pool: PoolHandle }
  | { readonly kind: 'audio'; readonly info: AudioStreamInfo; readonly pool: PoolHandle }
  | { readonly kind: 'error'; readonly error: ErrorNote };

/** Posts notes, and counts those that describe frames: records name them by their number. */
export class StreamNotes {
  private readonly port: MessagePort;
  private described = 0;

  constructor(port: MessagePort) {
    this.port = port;
  }

  /** @returns The description's number. */
  video(info: VideoStreamInfo, pool: PoolHandle): number {
    this.port.postMessage({ kind: 'video', info, pool } satisfies StreamNote);
    return this.described++;
  }

  /** @returns The description's number. */
  audio(info: AudioStreamInfo, pool: PoolHandle): number {
    this.port.postMessage({ kind: 'audio', info, pool } satisfies StreamNote);
    return this.described++;
  }

  error(error: unknown): void {
    this.port.postMessage({ kind: 'error', error: errorNote(error, 'media/decoder-failed') } satisfies StreamNote);
  }
}
