// Reads a stream piece by piece, each when it is asked for: whoever writes into the other end waits meanwhile.
import type { Readable } from 'node:stream';
import { MediaError } from '../media-error.ts';

export class PipeReader {
  private readonly stream: Readable;
  private readonly name: string;
  private error: Error | undefined;
  private hasEnded = false;
  private isCut = false;
  private wake: (() => void) | undefined;

  /** @param name What messages call it. */
  constructor(stream: Readable, name: string) {
    this.stream = stream;
    this.name = name;
    stream.on('readable', this.onReadable);
    stream.on('end', this.onEnd);
    stream.on('close', this.onEnd);
    stream.on('error', this.onError);
    this.hasEnded = stream.readableEnded || stream.destroyed;
  }

  /**
   * What is there next, one call at a time; undefined at the end, or when it is cut short.
   *
   * @throws MediaError `media/unreadable`.
   */
  next(): Buffer | undefined | Promise<Buffer | undefined> {
    if (this.isCut) return undefined;
    const piece = this.stream.read() as Buffer | null;
    if (piece !== null) return piece;
    if (this.error !== undefined) {
      throw new MediaError('media/unreadable', `Cannot read ${this.name}: ${this.error.message}`, { cause: this.error });
    }
    if (this.hasEnded) return undefined;
    return new Promise<void>((resolve) => {
      this.wake = resolve;
    }).then(() => this.next());
  }

  /** It has not ended of itself. */
  get isCutShort(): boolean {
    return this.isCut;
  }

  /** Ends a wait, and whatever is asked for after it. */
  cutShort(): void {
    this.isCut = true;
    this.go();
  }

  /** Lets go of the stream, which stays open, and keeps no program from ending. */
  close(): void {
    this.cutShort();
    this.stream.off('readable', this.onReadable);
    this.stream.off('end', this.onEnd);
    this.stream.off('close', this.onEnd);
    this.stream.off('error', this.onError);
    this.stream.pause();
  }

  private readonly onReadable = (): void => this.go();

  private readonly onEnd = (): void => {
    this.hasEnded = true;
    this.go();
  };

  private readonly onError = (error: Error): void => {
    this.error = error;
    this.go();
  };

  private go(): void {
    const { wake } = this;
    this.wake = undefined;
    wake?.();
  }
}
