// When a stream of a file begins and ends, where its container tells it, from where the file begins; in microseconds.
export interface StreamExtent {
  readonly startUs: number;
  readonly endUs: number;
}

export interface StreamExtents {
  readonly video: StreamExtent | undefined;
  readonly audio: StreamExtent | undefined;
}

/** So much of a stream may be missing at its end by the roundings of its container. */
const ROUNDING_US = 30_000;

/** So far may one of a file's streams lie before the others: what comes earlier than this behind a stream's end may still be followed by some of it. */
const APART_US = 250_000;

/**
 * Whether nothing of a stream can come any more: it is there to its end, and the file is well behind it.
 *
 * @param reachedUs How far the stream has come. @param fileUs How far the file's other stream has.
 */
export function isSpent({ endUs }: StreamExtent, reachedUs: number, fileUs: number): boolean {
  return reachedUs >= endUs - ROUNDING_US && fileUs >= endUs + APART_US;
}
