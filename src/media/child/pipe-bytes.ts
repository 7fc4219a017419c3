// A pipe that is read in stretches of known length, each straight to where it is wanted; between them it is held back.
import type { Readable } from 'node:stream';

/** Takes a piece, which is valid until it returns. @param at Where it lies in the stretch. */
export type TakeBytes = (piece: Uint8Array, at: number) => void;

interface Wish {
  readonly bytes: number;
  readonly take: TakeBytes;
  readonly done: (filled: number) => void;
  filled: number;
}

export class PipeBytes {
  private readonly pipe: Readable;
  private left: Uint8Array | undefined;
  private wish: Wish | undefined;
  private ended = false;

  constructor(pipe: Readable) {
    this.pipe = pipe;
    pipe.pause();
    pipe.on('data', (piece: Uint8Array) => this.serve(piece));
    const end = (): void => {
      this.ended = true;
      this.settle();
    };
    pipe.once('end', end);
    pipe.once('close', end);
    pipe.on('error', end);
    pipe.pause();
  }

  /** Reads a stretch. @returns How many bytes came; fewer at the end. */
  read(bytes: number, take: TakeBytes): Promise<number> {
    return new Promise((done) => {
      this.wish = { bytes, take, done, filled: 0 };
      const { left } = this;
      this.left = undefined;
      if (left !== undefined) this.serve(left);
      if (this.wish === undefined) return;
      if (this.ended) this.settle();
      else this.pipe.resume();
    });
  }

  /**
   * Reads a stretch into memory, which may be shared; what is longer than that is left out.
   *
   * Typed arrays copy byte by byte into what is shared where the two do not lie alike, at ten times the cost; a buffer's `fill` is the
   * system's own copy, wherever they lie.
   *
   * @returns How many bytes came; fewer at the end.
   */
  readInto(target: Uint8Array, bytes = target.length): Promise<number> {
    const plain = Buffer.from(target.buffer, target.byteOffset, target.length);
    return this.read(bytes, (piece, at) => {
      const end = Math.min(at + piece.length, plain.length);
      if (at < end) plain.fill(end - at === piece.length ? piece : piece.subarray(0, end - at), at, end);
    });
  }

  close(): void {
    this.ended = true;
    this.left = undefined;
    this.settle();
    this.pipe.destroy();
  }

  private serve(piece: Uint8Array): void {
    const { wish } = this;
    if (wish === undefined) {
      // What was on its way when the pipe was held back.
      this.left = this.left === undefined ? piece : Buffer.concat([this.left, piece]);
      this.pipe.pause();
      return;
    }
    const part = piece.length <= wish.bytes - wish.filled ? piece : piece.subarray(0, wish.bytes - wish.filled);
    wish.take(part, wish.filled);
    wish.filled += part.length;
    if (part.length < piece.length) {
      this.left = piece.subarray(part.length);
      this.pipe.pause();
    }
    if (wish.filled === wish.bytes) this.settle();
  }

  private settle(): void {
    const { wish } = this;
    this.wish = undefined;
    wish?.done(wish.filled);
  }
}
