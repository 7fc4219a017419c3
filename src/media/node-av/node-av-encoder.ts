// The writer's side of the encoder's thread.
import { open, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SHARE_ENV, type Worker } from 'node:worker_threads';
import type { Slab } from '../../memory/slab.ts';
import { startWorker } from '../../threads/start-worker.ts';
import { MediaError } from '../media-error.ts';
import { outputError } from '../output/output-file.ts';
import { listUnfinished, unlistUnfinished } from '../output/unfinished-files.ts';
import type { CreateVideoOptions, EncodedVideo, VideoEncoder } from '../video/video-encoder.ts';
import { assumedMatrix } from '../video/video-stream-info.ts';
import type { EncodeAnswer, EncodeOrder, EncodeWorkerData } from './encode-worker.ts';
import { startFailure } from './start-failure.ts';

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

export class NodeAvEncoder implements VideoEncoder {
  readonly codec: string;
  readonly encoder: string;
  private readonly path: string;
  private readonly worker: Worker;
  private readonly maxPending: number;
  private readonly slabBytes: number;
  /** Slabs on their way through the encoder, the oldest first. */
  private readonly pending: Slab[] = [];
  private readonly waiting: Waiter[] = [];
  private failure: MediaError | undefined;
  private ending: { readonly resolve: (answer: EncodeAnswer) => void; readonly reject: (reason: unknown) => void } | undefined;
  private over = false;
  private exited = false;

  private constructor(worker: Worker, opened: EncodeAnswer & { kind: 'opened' }, path: string, options: CreateVideoOptions) {
    this.worker = worker;
    this.codec = opened.codec;
    this.encoder = opened.encoder;
    this.path = path;
    listUnfinished(`${path}.part`);
    this.maxPending = options.maxPending ?? 4;
    this.slabBytes = options.layout.bytes;
    worker.on('message', (answer: EncodeAnswer) => this.hear(answer));
    worker.on('error', (error) => this.crash(error));
    worker.on('exit', () => {
      this.exited = true;
      this.crash(new Error('its thread ended early'));
    });
  }

  static async create(path: string, options: CreateVideoOptions): Promise<NodeAvEncoder> {
    const { quality = 23, maxPending = 4, frameRate = 25 } = options;
    if (!(Number.isInteger(maxPending) && maxPending >= 1))
      throw new RangeError(`maxPending must be a whole number from 1 on, found ${maxPending}`);
    if (!(quality >= 0 && quality <= 51)) throw new RangeError(`quality must be from 0 to 51, found ${quality}`);
    if (!(frameRate > 0 && frameRate <= 1000)) throw new RangeError(`frameRate must be above 0 and at most 1000, found ${frameRate}`);
    const file = resolve(path);
    await checkWritable(file);
    const fragmented = options.fragmented ?? false;
    const data: EncodeWorkerData = {
      arena: options.arena.handle,
      path: file,
      layout: options.layout,
      matrix: options.matrix ?? assumedMatrix(options.layout.height),
      range: options.range ?? 'limited',
      frameRate,
      codec: options.codec ?? 'auto',
      preset: options.preset ?? 'veryfast',
      quality,
      keyInterval: options.keyInterval ?? (fragmented ? 50 : 250),
      fragmented,
      threads: options.threads ?? 1,
    };
    const worker = startWorker(import.meta.url, './encode-worker', { workerData: data, env: SHARE_ENV });
    const opened = await new Promise<EncodeAnswer>((accept, refuse) => {
      worker.once('message', accept);
      worker.once('error', (error) => refuse(startFailure(error, 'encode video')));
      worker.once('exit', () => refuse(new MediaError('media/encoding', `Cannot write ${file}: the encoder's thread ended at once`)));
    });
    if (opened.kind === 'failed') throw MediaError.revive(opened);
    if (opened.kind !== 'opened') throw new TypeError(`Expected the encoder to open, found ${opened.kind}`);
    return new NodeAvEncoder(worker, opened, file, options);
  }

  write(slab: Slab, ptsUs: number, durationUs = 0): void | Promise<void> {
    if (this.over) throw new TypeError(`Cannot write to ${this.path}: it is finished`);
    if (this.failure !== undefined) throw this.failure;
    if (!Number.isFinite(ptsUs)) throw new RangeError(`ptsUs must be a number of microseconds, found ${ptsUs}`);
    if (slab.bytes < this.slabBytes) {
      throw new RangeError(`Cannot write a slab of ${slab.bytes} bytes: frames of this file have ${this.slabBytes}`);
    }
    this.pending.push(slab.retain());
    this.order({ kind: 'write', offset: slab.offset, ptsUs, durationUs });
    if (this.pending.length <= this.maxPending) return undefined;
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  async finish(): Promise<EncodedVideo> {
    if (this.over) throw new TypeError(`Cannot finish ${this.path}: it is finished already`);
    this.over = true;
    const answer = await this.end('finish');
    if (answer.kind !== 'finished') throw new TypeError(`Expected the end of the file, found ${answer.kind}`);
    return { path: this.path, frames: answer.frames, bytes: answer.bytes };
  }

  async abort(): Promise<void> {
    if (this.over) return;
    this.over = true;
    // A failure was told by `write` already; here it only means that there is less to clean up.
    await this.end('abort').catch(() => undefined);
  }

  /** Sends the last order and waits for its answer and the end of the thread. */
  private async end(kind: 'finish' | 'abort'): Promise<EncodeAnswer> {
    if (this.exited) throw this.failure;
    const failedBefore = this.failure;
    const answered = new Promise<EncodeAnswer>((resolve, reject) => {
      this.ending = { resolve, reject };
      this.order({ kind: failedBefore === undefined ? kind : 'abort' });
    });
    const gone = new Promise((done) => this.worker.once('exit', done));
    try {
      const answer = await answered;
      if (failedBefore !== undefined && kind === 'finish') throw failedBefore;
      if (this.failure !== undefined && kind === 'finish') throw this.failure;
      return answer;
    } finally {
      this.order({ kind: 'leave' });
      await gone;
      unlistUnfinished(`${this.path}.part`);
    }
  }

  private order(order: EncodeOrder): void {
    this.worker.postMessage(order);
  }

  private hear(answer: EncodeAnswer): void {
    switch (answer.kind) {
      case 'written':
        this.letGo();
        this.admit();
        return;
      case 'failed':
        this.fail(MediaError.revive(answer));
        if (this.pending.length > 0) this.letGo();
        else this.ending?.reject(this.failure);
        return;
      default:
        this.ending?.resolve(answer);
    }
  }

  private letGo(): void {
    this.pending.shift()?.release();
  }

  private admit(): void {
    while (this.waiting.length > 0 && this.pending.length <= this.maxPending) this.waiting.shift()?.resolve();
  }

  private fail(failure: MediaError): void {
    this.failure ??= failure;
    for (const waiter of this.waiting.splice(0)) waiter.reject(this.failure);
  }

  private crash(error: Error): void {
    this.fail(new MediaError('media/encoding', `Cannot go on writing ${this.path}: ${error.message}`, { cause: error }));
    for (const slab of this.pending.splice(0)) slab.release();
    this.ending?.reject(this.failure);
  }
}

/** @throws MediaError for what can be told without FFmpeg. */
async function checkWritable(path: string): Promise<void> {
  try {
    const there = await stat(path).catch(() => undefined);
    if (there?.isDirectory() === true) throw Object.assign(new Error(), { code: 'EISDIR' });
    // To try is the only sure way to learn whether a file may be created.
    const probe = `${path}.part`;
    await (await open(probe, 'w')).close();
    await rm(probe);
  } catch (error) {
    throw outputError(path, error);
  }
}
