// Cuts a stream of bytes into lines: at \n or \r\n, in encodings of one byte or two, and never keeps more of a line than is wanted.
import { type TextEncoding, unitOf } from './text-encoding.ts';

export interface RawLine {
  /** Without what ends it. */
  readonly bytes: Uint8Array;
  /** It was longer; this is its beginning. */
  readonly isCut: boolean;
}

export interface LineSplitter {
  /** Adds bytes, which have to stay as they are until there are no more lines. */
  push(bytes: Uint8Array): void;
  /** The next line that is complete. */
  next(): RawLine | undefined;
  /** What comes behind the last line's end, where there is something; the next byte then begins a new line. */
  rest(): RawLine | undefined;
}

/** @param maxBytes Of a line; what is more is left out. */
export function lineSplitter(encoding: TextEncoding, maxBytes: number): LineSplitter {
  const unit = unitOf(encoding);
  const [feed, carriage] = [10, 13].map((code) => Buffer.from(unit === 1 ? [code] : encoding === 'utf-16le' ? [code, 0] : [0, code])) as [
    Buffer,
    Buffer,
  ];
  /** What is there of a line whose end is not. */
  let held: Buffer = Buffer.alloc(0);
  let heldBytes = 0;
  let isCut = false;
  let chunk: Buffer = Buffer.alloc(0);
  let at = 0;
  /** Bytes of units that have come; a unit of two may come in two pieces. */
  let odd: Uint8Array = Buffer.alloc(0);

  const endIn = (from: number): number => {
    let found = chunk.indexOf(feed, from);
    // Only where units begin.
    while (found >= 0 && (found - from) % unit !== 0) found = chunk.indexOf(feed, found + 1);
    return found;
  };
  const keep = (bytes: Uint8Array): void => {
    // What ends the line may still come, and is no part of it.
    const room = maxBytes + unit - heldBytes;
    if (bytes.length > room) isCut = true;
    if (room <= 0) return;
    const kept = bytes.subarray(0, room);
    // However small the pieces are in which it comes, it takes no more than twice what it has.
    if (heldBytes + kept.length > held.length) {
      const larger = Buffer.alloc(Math.min(maxBytes + unit, Math.max(2 * held.length, heldBytes + kept.length)));
      larger.set(held.subarray(0, heldBytes));
      held = larger;
    }
    held.set(kept, heldBytes);
    heldBytes += kept.length;
  };
  const lineOf = (bytes: Uint8Array): RawLine => {
    const last = bytes.subarray(bytes.length - unit);
    const whole = !isCut && carriage.equals(last) ? bytes.subarray(0, bytes.length - unit) : bytes;
    const line = { bytes: whole.subarray(0, maxBytes), isCut: isCut || whole.length > maxBytes };
    held = Buffer.alloc(0);
    heldBytes = 0;
    isCut = false;
    return line;
  };
  return {
    push: (bytes) => {
      let all: Uint8Array = odd.length === 0 ? bytes : Buffer.concat([odd, bytes]);
      const whole = all.length - (all.length % unit);
      // Copied: the chunk that it lies in may be used anew.
      odd = Buffer.from(all.subarray(whole));
      all = all.subarray(0, whole);
      chunk = Buffer.from(all.buffer, all.byteOffset, all.length);
      at = 0;
    },
    next: () => {
      const end = endIn(at);
      const piece = chunk.subarray(at, end < 0 ? chunk.length : end);
      if (end < 0) {
        if (piece.length > 0) keep(piece);
        at = chunk.length;
        return undefined;
      }
      at = end + unit;
      if (heldBytes === 0) return lineOf(piece);
      keep(piece);
      return lineOf(held.subarray(0, heldBytes));
    },
    rest: () => (heldBytes === 0 ? undefined : lineOf(held.subarray(0, heldBytes))),
  };
}
