// Requests to another thread that are answered later, each by its number.
import type { Answer } from './thread-notes.ts';
import { unpackError } from './wire-error.ts';

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class Requests<Request> {
  private readonly send: (id: number, request: Request) => void;
  private readonly pending = new Map<number, Pending>();
  private last = 0;
  private ended: Error | undefined;

  constructor(send: (id: number, request: Request) => void) {
    this.send = send;
  }

  /** Resolves with the answer; rejects with the error that the other side met, or with the one it ended with. */
  make(request: Request): Promise<unknown> {
    if (this.ended !== undefined) return Promise.reject(this.ended);
    return new Promise((resolve, reject) => {
      const id = ++this.last;
      this.pending.set(id, { resolve, reject });
      this.send(id, request);
    });
  }

  answered(id: number, answer: Answer): void {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    if ('error' in answer) pending?.reject(unpackError(answer.error));
    else pending?.resolve(answer.value);
  }

  /** One request cannot be sent. */
  failed(id: number, error: Error): void {
    this.pending.get(id)?.reject(error);
    this.pending.delete(id);
  }

  /** Nobody will answer any more. */
  end(error: Error): void {
    this.ended = error;
    for (const { reject } of this.pending.values()) reject(error);
    this.pending.clear();
  }
}
