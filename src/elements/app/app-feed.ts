// The program's end of an app-source: takes what the program has, holds a few of them, and hands them to the graph.

import type { FixedCaps } from '../../core/caps/caps.ts';
import type { ElementContext } from '../../core/element/element-context.ts';
import { ElementError } from '../../core/errors.ts';
import { StreamBuffer } from '../../core/stream/buffer.ts';
import type { Microseconds } from '../../core/time/time.ts';
import { copyPayload } from '../../media/copy-payload.ts';

/** How many pushes may wait before it is taken for a mistake. */
const MAX_WAITING = 1024;

export interface PushOptions {
  /** Stream time; must not decrease. Default: clock time since the first push. */
  readonly pts?: Microseconds;
  readonly duration?: Microseconds;
  /** Something before it was lost. */
  readonly discont?: boolean;
}

/** What `pipeline.resource(name)` gives of an app-source. */
export interface AppSource {
  /** What is pushed as bytes or as a value is taken for this. */
  readonly caps: FixedCaps;
  /** How many more may be pushed without waiting. */
  readonly room: number;
  /**
   * Gives the graph a buffer, which is taken over; bytes, which are copied (of a frame: rows packed, or laid out as
   * `frameLayout` says); or any other value, which must not be changed afterwards.
   *
   * @returns Once it has been accepted: await it before the next.
   * @throws ElementError `app/ended` after `end` or after the pipeline has ended, `app/not-awaited`, `app/wrong-size`;
   *   RangeError where pts decreases.
   */
  push(payload: StreamBuffer | Uint8Array | unknown, options?: PushOptions): Promise<void>;
  /** No more will come: the stream ends when everything that was pushed has been worked off. */
  end(): void;
}

interface Waiting {
  readonly buffer: StreamBuffer;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class AppFeed implements AppSource {
  readonly caps: FixedCaps;
  private readonly context: ElementContext;
  private readonly limit: number;
  private readonly held: StreamBuffer[] = [];
  private readonly waiting: Waiting[] = [];
  private reader: ((buffer: StreamBuffer | undefined) => void) | undefined;
  private ending: 'ended' | 'closed' | undefined;
  private firstAt: Microseconds | undefined;
  private lastPts = Number.NEGATIVE_INFINITY;

  constructor(caps: FixedCaps, limit: number, context: ElementContext) {
    this.caps = caps;
    this.limit = limit;
    this.context = context;
  }

  get room(): number {
    return this.ending === undefined ? Math.max(0, this.limit - this.held.length - this.waiting.length) : 0;
  }

  async push(payload: unknown, options: PushOptions = {}): Promise<void> {
    if (this.ending !== undefined)
      throw this.complain('app/ended', this.ending === 'ended' ? 'its end has been announced' : 'the pipeline has ended');
    if (this.waiting.length >= MAX_WAITING) {
      throw this.complain('app/not-awaited', `${MAX_WAITING} pushes wait already; await each before the next`);
    }
    const buffer = this.bufferOf(payload, options);
    const { reader } = this;
    if (reader !== undefined) {
      this.reader = undefined;
      reader(buffer);
    } else if (this.held.length < this.limit) this.held.push(buffer);
    else await new Promise<void>((resolve, reject) => this.waiting.push({ buffer, resolve, reject }));
  }

  end(): void {
    this.ending ??= 'ended';
    this.reader?.(undefined);
    this.reader = undefined;
  }

  /** The next buffer; undefined at the end. For the element. */
  next(): StreamBuffer | undefined | Promise<StreamBuffer | undefined> {
    const buffer = this.held.shift();
    if (buffer === undefined) {
      if (this.ending !== undefined) return undefined;
      return new Promise((resolve) => {
        this.reader = resolve;
      });
    }
    const next = this.waiting.shift();
    if (next !== undefined) {
      this.held.push(next.buffer);
      next.resolve();
    }
    return buffer;
  }

  /** The pipeline takes no more. For the element. */
  close(): void {
    this.end();
    this.ending = 'closed';
    const left = this.held.splice(0);
    const error = this.complain('app/ended', 'the pipeline has ended');
    for (const { buffer, reject } of this.waiting.splice(0)) {
      left.push(buffer);
      reject(error);
    }
    for (const buffer of left) buffer.release();
    if (left.length > 0) this.context.dropped('flushing', left.length);
  }

  private bufferOf(payload: unknown, { pts = this.now(), duration, discont = false }: PushOptions): StreamBuffer {
    const buffer = payload instanceof StreamBuffer ? payload : this.wrap(payload, { pts, duration, discont });
    if (Number.isSafeInteger(buffer.pts) && buffer.pts >= this.lastPts) {
      this.lastPts = buffer.pts;
      return buffer;
    }
    buffer.release();
    const wanted = Number.isFinite(this.lastPts) ? `${this.lastPts} or more, as the buffer before it had` : 'whole microseconds';
    throw new RangeError(`Cannot push to ${this.context.name}: expected a pts of ${wanted}, found ${buffer.pts}`);
  }

  private wrap(payload: unknown, init: { pts: Microseconds; duration: Microseconds | undefined; discont: boolean }): StreamBuffer {
    const { caps } = this;
    if (!ArrayBuffer.isView(payload)) return new StreamBuffer({ ...init, caps, value: payload });
    const bytes = new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength);
    const copied = copyPayload(this.context.arena, caps, bytes);
    if (typeof copied === 'string') throw this.complain('app/wrong-size', copied);
    return new StreamBuffer({ ...init, caps, slabs: [copied.slab], bytes: copied.bytes });
  }

  private now(): Microseconds {
    const now = this.context.clock.now();
    this.firstAt ??= now;
    return now - this.firstAt;
  }

  private complain(code: string, reason: string): ElementError {
    return new ElementError(this.context.name, code, `Cannot push to ${this.context.name}: ${reason}`);
  }
}
