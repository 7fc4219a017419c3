// The reader's side of the thread that reads.
import { isDeepStrictEqual } from 'node:util';
import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import { Arena } from '../../memory/arena.ts';
import { Pool, type PoolHandle } from '../../memory/pool.ts';
import { startWorker } from '../../threads/start-worker.ts';
import { type FrameLayout, frameLayout } from '../frame-layout.ts';
import { MediaError } from '../media-error.ts';
import type { AudioStreamInfo } from '../reader/audio-stream-info.ts';
import { withCertificateFaults } from '../reader/certificate-fault.ts';
import type { MediaFrame } from '../reader/media-frame.ts';
import { type MediaInput, shownInput } from '../reader/media-input.ts';
import { checkReadOptions, type MediaReader, type MediaStatistics, type ReadOptions, type StreamInfos } from '../reader/media-reader.ts';
import { readableInput } from '../reader/readable-input.ts';
import type { StreamExtents } from '../reader/stream-extent.ts';
import type { VideoStreamInfo } from '../video/video-stream-info.ts';
import { FrameFlag, type FrameRecord, FrameRing, RecordKind } from './frame-ring.ts';
import type { ReadAnswer, ReadWorkerData } from './read-worker.ts';
import { retirePool, wakePoolWaiters } from './retired-pools.ts';
import { startFailure } from './start-failure.ts';
import type { StreamNote } from './stream-notes.ts';

/** How long a worker may take to stop before it is ended by force; only a stuck disk makes it that slow. */
const STOP_PATIENCE_MS = 5000;

type Described =
  | { readonly kind: 'video'; readonly info: VideoStreamInfo; readonly layout: FrameLayout }
  | { readonly kind: 'audio'; readonly info: AudioStreamInfo };

type Opened = Extract<ReadAnswer, { readonly infos: StreamInfos }>;

interface Pending {
  readonly resolve: (frame: MediaFrame | undefined) => void;
  readonly reject: (reason: unknown) => void;
}

export class NodeAvReader implements MediaReader {
  readonly backend = 'node-av';
  video: VideoStreamInfo | undefined;
  audio: AudioStreamInfo | undefined;
  readonly extents: StreamExtents;
  private readonly arena: Arena;
  private readonly givenPool: Pool | undefined;
  private readonly worker: Worker;
  private readonly exited: Promise<unknown>;
  private readonly notes: MessagePort;
  private readonly ring: FrameRing;
  private readonly name: string;
  private readonly owner: string | undefined;
  /** What frames are like that are on their way or came last, by its number. */
  private readonly described = new Map<number, Described>();
  private descriptions = 0;
  /** The number of what pictures, and sound, are like now. */
  private readonly current = { video: -1, audio: -1 };
  private readonly latest: { video: VideoStreamInfo | undefined; audio: AudioStreamInfo | undefined };
  private readonly ownPools: Pool[] = [];
  private picturePool: Pool | undefined;
  private pending: Pending | undefined;
  private crash: MediaError | undefined;
  private noted: MediaError | undefined;
  private ended = false;
  private closing: Promise<void> | undefined;
  private frames = 0;
  private corruptFrames = 0;
  private readonly signal: AbortSignal | undefined;
  private readonly onAbort = (): void => void this.close();

  private constructor(started: StartedWorker, { infos, extents }: Opened, input: MediaInput, options: ReadOptions) {
    this.video = infos.video;
    this.audio = infos.audio;
    this.latest = { ...infos };
    this.extents = extents;
    this.arena = options.arena;
    this.givenPool = options.pool;
    this.worker = started.worker;
    this.exited = started.exited;
    this.notes = started.notes;
    this.ring = started.ring;
    this.name = shownInput(input);
    this.owner = options.owner;
    this.signal = options.signal;
    this.worker.on('message', () => this.serve());
    this.worker.on('error', (error) => this.fail(error));
    this.worker.on('exit', () => this.fail(new Error('its thread ended early')));
    this.signal?.addEventListener('abort', this.onAbort, { once: true });
  }

  static async open(wanted: MediaInput, options: ReadOptions): Promise<NodeAvReader> {
    options.signal?.throwIfAborted();
    const input = await readableInput(wanted);
    const checked = checkReadOptions(options);
    const [started, opened] = await withCertificateFaults(input, async () => {
      const starting = startReading(input, options, checked);
      return [starting, await starting.opened] as const;
    }).catch((error: unknown) => {
      options.signal?.throwIfAborted();
      throw error;
    });
    const reader = new NodeAvReader(started, opened, input, options);
    if (options.signal?.aborted === true) {
      await reader.close();
      options.signal.throwIfAborted();
    }
    return reader;
  }

  /** What an input holds, without decoding it. */
  static async probe(wanted: MediaInput, wishes: Pick<ReadOptions, 'video' | 'audio'>): Promise<StreamInfos> {
    const input = await readableInput(wanted);
    const arena = Arena.create({ initialBytes: 0, maximumBytes: 3 * 65536 });
    // Zero frames: the worker ends once it has described the streams.
    const started = startReading(input, { arena, ...wishes }, { limit: 0, ahead: 1, threads: 1 });
    try {
      return (await started.opened).infos;
    } finally {
      await started.exited;
      started.notes.close();
    }
  }

  get statistics(): MediaStatistics {
    const { frames, corruptFrames, ring } = this;
    return { frames, corruptFrames, corruptPackets: ring.corruptPackets, overruns: ring.overruns };
  }

  get pool(): Pool | undefined {
    this.readNotes();
    return this.picturePool ?? this.givenPool;
  }

  next(): MediaFrame | undefined | Promise<MediaFrame | undefined> {
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
  private take(): MediaFrame | undefined {
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
      throw this.noted ?? new MediaError('media/decoder-failed', `Cannot decode ${this.name}: the decoder gave no reason`);
    }
    return this.frameOf(record);
  }

  private frameOf(record: FrameRecord): MediaFrame {
    if (!this.described.has(record.info)) this.readNotes();
    const described = this.described.get(record.info)!;
    const { kind } = described;
    // Frames of a kind come in order, so that what went before is over.
    if (this.current[kind] !== record.info) this.described.delete(this.current[kind]);
    this.current[kind] = record.info;
    this.frames++;
    const moment = {
      slab: this.arena.slabAt(record.slab),
      ptsUs: record.ptsUs,
      durationUs: record.durationUs < 0 ? undefined : record.durationUs,
      discont: (record.flags & FrameFlag.discont) !== 0,
      epoch: record.epoch,
      capturedAtUs: record.capturedAtUs < 0 ? undefined : record.capturedAtUs,
    };
    if (described.kind === 'audio') {
      this.audio = described.info;
      return { kind: 'audio', ...moment, samples: record.samples, info: described.info };
    }
    this.video = described.info;
    const corrupt = (record.flags & FrameFlag.corrupt) !== 0;
    if (corrupt) this.corruptFrames++;
    const keyFrame = (record.flags & FrameFlag.key) !== 0;
    return { kind: 'video', ...moment, layout: described.layout, keyFrame, corrupt, info: described.info };
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
      const note = received.message as StreamNote;
      if (note.kind === 'error') this.noted = MediaError.revive(note.error);
      else this.describe(note);
    }
  }

  private describe(note: Exclude<StreamNote, { kind: 'error' }>): void {
    const pool = this.known(note.pool);
    if (note.kind === 'audio') {
      const info = isDeepStrictEqual(note.info, this.latest.audio) ? this.latest.audio! : note.info;
      this.latest.audio = info;
      this.described.set(this.descriptions++, { kind: 'audio', info });
      return;
    }
    // Mostly the first frame is what the container promised: then there is nothing new to tell.
    const info = isDeepStrictEqual(note.info, this.latest.video) ? this.latest.video! : note.info;
    this.latest.video = info;
    this.picturePool = pool;
    this.described.set(this.descriptions++, { kind: 'video', info, layout: frameLayout(info.format, info.width, info.height) });
  }

  /** The pool that the worker speaks of. */
  private known(handle: PoolHandle): Pool {
    const known = [this.givenPool, ...this.ownPools].find((other) => other?.handle.address === handle.address);
    if (known !== undefined) return known;
    const pool = Pool.attach(this.arena, { ...handle, name: this.owner ?? handle.name });
    this.ownPools.push(pool);
    return pool;
  }

  private fail(error: Error): void {
    this.crash ??= new MediaError('media/decoder-failed', `Cannot go on decoding ${this.name}: ${error.message}`, { cause: error });
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
      if (record.kind === RecordKind.picture || record.kind === RecordKind.sound) this.arena.slabAt(record.slab).release();
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
  readonly opened: Promise<Opened>;
  readonly exited: Promise<unknown>;
}

function startReading(
  input: MediaInput,
  { arena, pool, video, audio }: ReadOptions,
  { limit, ahead, threads }: { limit: number; ahead: number; threads: number },
): StartedWorker {
  const { port1, port2 } = new MessageChannel();
  const ring = FrameRing.create(ahead);
  const data: ReadWorkerData = {
    input,
    wishes: { video, audio },
    threads,
    maxFrames: limit,
    arena: arena.handle,
    pool: pool?.handle,
    ring: ring.buffer,
    notes: port2,
  };
  const worker = startWorker(import.meta.url, './read-worker', { workerData: data, transferList: [port2] });
  const exited = new Promise((done) => worker.once('exit', done));
  const opened = new Promise<Opened>((accept, refuse) => {
    worker.once('message', (answer: ReadAnswer) => {
      if (answer !== null && 'infos' in answer) accept(answer);
      else if (answer !== null) refuse(MediaError.revive(answer.error));
    });
    worker.once('error', (error) => refuse(startFailure(error, `open ${shownInput(input)}`)));
    worker.once('exit', () => refuse(new MediaError('media/decoder-failed', `Cannot open ${shownInput(input)}: its thread ended at once`)));
  });
  return { worker, ring, notes: port1, opened, exited };
}
