// The program's end of an app-sink: an iteration over the buffers that arrive, or a callback for each.

import { ElementError } from '../../core/errors.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';

/** What `pipeline.resource(name)` gives of an app-sink: the buffers, each valid until the next is asked for. */
export interface AppSink<Value = unknown> extends AsyncIterable<StreamBuffer<Value>> {
  /**
   * Has a function called with each buffer, instead of iterating. The buffer is valid until it returns, or until what it
   * returns resolves; an error that it throws is the element's.
   *
   * @throws ElementError `app/read-already`.
   */
  onBuffer(callback: (buffer: StreamBuffer<Value>) => void | Promise<void>): void;
  /** Buffers that came after the program had stopped reading. */
  readonly unread: number;
}

type Reader = { resolve: (result: IteratorResult<StreamBuffer>) => void; reject: (error: unknown) => void };

export class AppReader implements AppSink {
  unread = 0;
  private readonly name: string;
  private callback: ((buffer: StreamBuffer) => void | Promise<void>) | undefined;
  private mode: 'unread' | 'iterated' | 'called' | 'left' = 'unread';
  private reader: Reader | undefined;
  private offered: { buffer: StreamBuffer; isTaken: boolean; done: () => void } | undefined;
  private outcome: { error?: unknown } | undefined;

  constructor(name: string, signal: AbortSignal) {
    this.name = name;
    signal.addEventListener('abort', () => this.settle({ error: signal.reason }), { once: true });
  }

  [Symbol.asyncIterator](): AsyncIterator<StreamBuffer> {
    this.claim('iterated');
    return {
      next: () => this.next(),
      return: async () => {
        this.leave();
        return { done: true, value: undefined };
      },
    };
  }

  onBuffer(callback: (buffer: StreamBuffer) => void | Promise<void>): void {
    this.claim('called');
    this.callback = callback;
    const { offered } = this;
    if (offered === undefined) return;
    this.offered = undefined;
    void Promise.resolve(callback(offered.buffer)).then(offered.done);
  }

  /** Offers a buffer; resolves when the program is done with it. For the element. */
  render(buffer: StreamBuffer): void | Promise<void> {
    if (this.callback !== undefined) return this.callback(buffer);
    if (this.mode === 'left' || this.outcome !== undefined) {
      this.unread++;
      return;
    }
    return new Promise((done) => {
      const { reader } = this;
      this.reader = undefined;
      this.offered = { buffer, isTaken: reader !== undefined, done };
      reader?.resolve({ done: false, value: buffer });
    });
  }

  /** The stream has ended. For the element. */
  finish(): void {
    this.settle({});
  }

  private next(): Promise<IteratorResult<StreamBuffer>> {
    if (this.reader !== undefined) {
      return Promise.reject(
        new ElementError(
          this.name,
          'app/read-already',
          `Cannot read ${this.name}: the buffer before this one has not come yet; await it first`,
        ),
      );
    }
    if (this.offered?.isTaken === true) this.letGo();
    if (this.offered !== undefined) {
      this.offered.isTaken = true;
      return Promise.resolve({ done: false, value: this.offered.buffer });
    }
    if (this.mode === 'left') return Promise.resolve({ done: true, value: undefined });
    if (this.outcome !== undefined)
      return this.outcome.error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(this.outcome.error);
    return new Promise((resolve, reject) => {
      this.reader = { resolve, reject };
    });
  }

  private leave(): void {
    this.mode = 'left';
    if (this.offered?.isTaken === false) this.unread++;
    this.letGo();
  }

  private letGo(): void {
    const { offered } = this;
    this.offered = undefined;
    offered?.done();
  }

  private settle(outcome: { error?: unknown }): void {
    if (this.outcome !== undefined) return;
    this.outcome = outcome;
    if ('error' in outcome && this.offered?.isTaken === false) {
      this.unread++;
      this.letGo();
    }
    if (outcome.error === undefined) this.reader?.resolve({ done: true, value: undefined });
    else this.reader?.reject(outcome.error);
    this.reader = undefined;
  }

  private claim(mode: 'iterated' | 'called'): void {
    if (this.mode !== 'unread') {
      const how = this.mode === 'called' ? 'a callback takes its buffers' : 'its buffers are being iterated over';
      throw new ElementError(
        this.name,
        'app/read-already',
        `Cannot read ${this.name}: ${how} already; put a tee before it and a second app-sink`,
      );
    }
    this.mode = mode;
  }
}
