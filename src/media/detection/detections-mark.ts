// Which detections of a source are meant, where several may have one time: those of two detectors on the same frames have even
// their number in common. The time, then the number, then how many of both came before tells them apart, in the order of the stream.
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import type { Microseconds } from '../../core/time/time.ts';

export interface DetectionsMark {
  readonly pts: Microseconds;
  /** Their number in their source. */
  readonly sequence: number;
  /** How many of the same time and number came before. */
  readonly nth: number;
}

/** The mark of the detections that follow those with the last mark, of one source and epoch. */
export function nextMark(last: DetectionsMark | undefined, { pts, sequence }: Pick<StreamBuffer, 'pts' | 'sequence'>): DetectionsMark {
  const isSame = last !== undefined && last.pts === pts && last.sequence === sequence;
  return { pts, sequence, nth: isSame ? last.nth + 1 : 0 };
}

/** Below 0 where the first come before the others, 0 where they are the same. */
export function compareMarks(one: DetectionsMark, other: DetectionsMark): number {
  if (one.pts !== other.pts) return one.pts - other.pts;
  return one.sequence === other.sequence ? one.nth - other.nth : one.sequence - other.sequence;
}
