// The reader's side of the decoder's thread.
import { open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import { Arena } from '../../memory/arena.ts';
import { Pool } from '../../memory/pool.ts';
import { startWorker } from '../../threads/start-worker.ts';
import { type FrameLayout, frameLayout } from '../frame-layout.ts';
import { MediaError } from '../media-error.ts';
import { playsOf } from '../video/plays-of.ts';
import type { DecodedFrame, OpenVideoOptions, VideoDecoder, VideoDecoderStatistics } from '../video/video-decoder.ts';
import type { VideoStreamInfo } from '../video/video-stream-info.ts';
import type { DecodeAnswer, DecodeNote, DecodeWorkerData } from './decode-worker.ts';
import { FrameFlag, FrameRing, RecordKind } from './frame-ring.ts';
import { retirePool, wakePoolWaiters } from './retired-pools.ts';
import { startFailure } from './start-failure.ts';

/** How long a worker may take to stop before it is ended by force; only a stuck disk makes it that slow. */
const STOP_PATIENCE_MS = 5000;

interface Described {
  readonly info: VideoStreamInfo;
  readonly layout: FrameLayout;
}

interface Pending {
  readonly resolve: (frame: DecodedFrame | undefined) => void;
  readonly reject: (reason: unknown) => void;
}

export class NodeAvDecoder implements VideoDecoder {
  readonly backend = 'node-av';
  info: VideoStreamInfo;
  private readonly arena: Arena;
  private readonly givenPool: Pool | undefined;
  private readonly worker: Worker;
  private readonly exited: Promise<unknown>;
  private readonly notes: MessagePort;
  private readonly ring: FrameRing;
  private readonly path: string;
  private readonly owner: string | undefined;
  /** What frames are like that are on their way or came last, by its number. */
  private readonly described = new Map<number, Described>();
  private descriptions = 0;
  private latest: VideoStreamInfo;
  private readonly ownPools: Pool[] = [];
  private pending: Pending | undefined;
  private crash: MediaError | undefined;
  private noted: MediaError | undefined;
  private ended = false;
  private closing: Promise<void> | undefined;
  private frames = 0;
  private corruptFrames = 0;
  private readonly signal: AbortSignal | undefined;
  private readonly onAbort = (): void => void this.close();

  private constructor(started: StartedWorker, info: VideoStreamInfo, path: string, options: OpenVideoOptions) {
    this.info = info;
    this.latest = info;
    this.arena = options.arena;
    this.givenPool = options.pool;
    this.worker = started.worker;
    this.exited = started.exited;
    this.notes = started.notes;
    this.ring = started.ring;
    this.path = path;
    this.owner = options.owner;
    this.signal = options.signal;
    this.worker.on('message', () => this.serve());
    this.worker.on('error', (error) => this.fail(error));
    this.worker.on('exit', () => this.fail(new Error('its thread ended early')));
    this.signal?.addEventListener('abort', this.onAbort, { once: true });
  }

  static async open(path: string, options: OpenVideoOptions): Promise<NodeAvDecoder> {
    options.signal?.throwIfAborted();
    const file = resolve(path);
    await checkReadable(file);
    const limit = options.pool?.limit ?? options.maxFrames ?? 16;
    const ahead = options.framesAhead ?? 8;
    if (!(Number.isInteger(limit) && limit >= 1)) throw new RangeError(`maxFrames must be a whole number from 1 on, found ${limit}`);
    if (!(Number.isInteger(ahead) && ahead >= 1)) throw new RangeError(`framesAhead must be a whole number from 1 on, found ${ahead}`);
    const { loop = 1, threads = 1 } = options;
    if (typeof loop === 'number' && !(Number.isInteger(loop) && loop >= 1))
      throw new RangeError(`loop must be true, false or a whole number from 1 on, found ${loop}`);
    if (!(Number.isInteger(threads) && threads >= 0)) throw new RangeError(`threads must be a whole number from 0 on, found ${threads}`);
    const started = startDecoding(file, options, limit, Math.min(ahead, limit));
    const decoder = new NodeAvDecoder(started, await started.opened, file, options);
    if (options.signal?.aborted === true) {
      await decoder.close();
      options.signal.throwIfAborted();
    }
    return decoder;
  }

  static async probe(path: string): Promise<VideoStreamInfo> {
    const file = resolve(path);
    await checkReadable(file);
    // Zero frames: the worker ends once it has described the stream.
    const started = startDecoding(file, { arena: Arena.create({ initialBytes: 0, maximumBytes: 3 * 65536 }) }, 0, 1);
    try {
      return await started.opened;
    } finally {
      await started.exited;
      started.notes.close();
    }
  }

  get statistics(): VideoDecoderStatistics {
    return { frames: this.frames, corruptFrames: this.corruptFrames, corruptPackets: this.ring.corruptPackets };
  }

  get pool(): Pool | undefined {
    this.readNotes();
    return this.ownPools.at(-1) ?? this.givenPool;
  }

  next(): DecodedFrame | undefined | Promise<DecodedFrame | undefined> {
    if (this.pending !== undefined) throw new TypeError('Cannot ask for a frame while the one asked for before is on its way');
    if (this.ended) return undefined;
    const frame = this.take();
    if (frame !== undefined || this.ended) return frame;
    return new Promise((resolve, reject) => {
      this.pending = { resolve, reject };
      if (!this.ring.announceWait()) this.serve();
      else if (this.crash !== undefined) this.serve();
    });
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  /** A frame from the ring; nothing when the ring is empty or the stream has ended. */
  private take(): DecodedFrame | undefined {
    const record = this.ring.take();
    if (record === undefined) {
      if (this.crash === undefined || this.ring.count > 0) return undefined;
      this.ended = true;
      throw this.crash;
    }
    if (record.kind === RecordKind.end) {
      this.ended = true;
      return undefined;
    }
    if (record.kind === RecordKind.error) {
      this.ended = true;
      this.readNotes();
      throw this.noted ?? new MediaError('media/decoder-failed', `Cannot decode ${this.path}: the decoder gave no reason`);
    }
    if (!this.described.has(record.info)) this.readNotes();
    // Frames come in order, so that what went before is over.
    this.described.delete(record.info - 1);
    const { info, layout } = this.described.get(record.info)!;
    this.info = info;
    this.frames++;
    const corrupt = (record.flags & FrameFlag.corrupt) !== 0;
    if (corrupt) this.corruptFrames++;
    return {
      slab: this.arena.slabAt(record.slab),
      layout,
      ptsUs: record.ptsUs,
      durationUs: record.durationUs < 0 ? undefined : record.durationUs,
      keyFrame: (record.flags & FrameFlag.key) !== 0,
      corrupt,
      discont: (record.flags & FrameFlag.discont) !== 0,
      epoch: record.epoch,
      info,
    };
  }

  /** Gives the waiting reader what there is. */
  private serve(): void {
    const { pending } = this;
    if (pending === undefined) return;
    try {
      const frame = this.take();
      if (frame === undefined && !this.ended) {
        if (!this.ring.announceWait()) this.serve();
        return;
      }
      this.pending = undefined;
      pending.resolve(frame);
    } catch (error) {
      this.pending = undefined;
      pending.reject(error);
    }
  }

  private readNotes(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.notes);
      if (received === undefined) return;
      const note = received.message as DecodeNote;
      if ('error' in note) {
        this.noted = MediaError.revive(note.error);
        continue;
      }
      const { pool } = note;
      // Mostly the first frame is what the container promised: then there is nothing new to tell.
      const info = isDeepStrictEqual(note.info, this.latest) ? this.latest : note.info;
      this.latest = info;
      this.described.set(this.descriptions++, { info, layout: frameLayout(info.format, info.width, info.height) });
      const known = [this.givenPool, ...this.ownPools].some((other) => other?.handle.address === pool.address);
      if (!known) this.ownPools.push(Pool.attach(this.arena, { ...pool, name: this.owner ?? pool.name }));
    }
  }

  private fail(error: Error): void {
    this.crash ??= new MediaError('media/decoder-failed', `Cannot go on decoding ${this.path}: ${error.message}`, { cause: error });
    this.serve();
  }

  private async shutDown(): Promise<void> {
    this.ended = true;
    this.signal?.removeEventListener('abort', this.onAbort);
    const { pending } = this;
    this.pending = undefined;
    if (this.signal?.aborted === true) pending?.reject(this.signal.reason);
    else pending?.resolve(undefined);
    this.ring.stop();
    this.readNotes();
    for (const pool of [this.givenPool, ...this.ownPools]) if (pool !== undefined) wakePoolWaiters(this.arena, pool);
    const force = setTimeout(() => void this.worker.terminate(), STOP_PATIENCE_MS);
    await this.exited;
    clearTimeout(force);
    for (let record = this.ring.take(); record !== undefined; record = this.ring.take()) {
      if (record.kind === RecordKind.frame) this.arena.slabAt(record.slab).release();
    }
    this.readNotes();
    this.notes.close();
    for (const pool of this.ownPools) retirePool(this.arena, pool);
  }
}

interface StartedWorker {
  readonly worker: Worker;
  readonly ring: FrameRing;
  readonly notes: MessagePort;
  readonly opened: Promise<VideoStreamInfo>;
  readonly exited: Promise<unknown>;
}

function startDecoding(path: string, options: OpenVideoOptions, maxFrames: number, framesAhead: number): StartedWorker {
  const { port1, port2 } = new MessageChannel();
  const ring = FrameRing.create(framesAhead);
  const data: DecodeWorkerData = {
    path,
    threads: options.threads ?? 1,
    plays: playsOf(options),
    format: options.format ?? 'I420',
    maxFrames,
    arena: options.arena.handle,
    pool: options.pool?.handle,
    ring: ring.buffer,
    notes: port2,
  };
  const worker = startWorker(import.meta.url, './decode-worker', { workerData: data, transferList: [port2] });
  const exited = new Promise((done) => worker.once('exit', done));
  const opened = new Promise<VideoStreamInfo>((accept, refuse) => {
    worker.once('message', (answer: DecodeAnswer) => {
      if (answer !== null && 'info' in answer) accept(answer.info);
      else if (answer !== null) refuse(MediaError.revive(answer.error));
    });
    worker.once('error', (error) => refuse(startFailure(error, 'decode video')));
    worker.once('exit', () => refuse(new MediaError('media/decoder-failed', `Cannot open ${path}: the decoder's thread ended at once`)));
  });
  return { worker, ring, notes: port1, opened, exited };
}

/** @throws MediaError for what can be told without FFmpeg. */
async function checkReadable(path: string): Promise<void> {
  let size: number;
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new MediaError('media/not-a-file', `Cannot open ${path}: it is a folder; expected a video file`);
    if (!found.isFile()) throw new MediaError('media/not-a-file', `Cannot open ${path}: it is no regular file`);
    size = found.size;
    await (await open(path, 'r')).close();
  } catch (error) {
    if (error instanceof MediaError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new MediaError('media/not-found', `Cannot open ${path}: there is no such file`);
    if (code === 'EACCES' || code === 'EPERM') {
      throw new MediaError('media/permission-denied', `Cannot open ${path}: this user may not read it`);
    }
    throw new MediaError('media/unreadable', `Cannot open ${path}: ${(error as Error).message}`, { cause: error });
  }
  if (size === 0) throw new MediaError('media/empty', `Cannot open ${path}: the file is empty`);
}
