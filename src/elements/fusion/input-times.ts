// The times of what comes by several inputs, made comparable: in running time, as the segments of their sources say, which begin
// anew where a file does. Buffers are shifted while they are compared, and get their own times back when they leave.
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import type { SegmentEvent } from '../../core/stream/event.ts';
import type { Microseconds } from '../../core/time/time.ts';

export class InputTimes {
  /** By pad, then by source, what has to be added to their times; of all that come by a pad where no source is said. */
  private readonly shifts = new Map<string, Map<string | undefined, Microseconds>>();
  private readonly shifted = new WeakMap<StreamBuffer, Microseconds>();

  note(pad: string, { source, start, base }: SegmentEvent): void {
    let own = this.shifts.get(pad);
    if (own === undefined) {
      own = new Map();
      this.shifts.set(pad, own);
    }
    own.set(source, base - start);
  }

  /** What has to be added to the times of a source at a pad. */
  shiftAt(pad: string, source: string): Microseconds {
    const own = this.shifts.get(pad);
    return own === undefined ? 0 : (own.get(source) ?? own.get(undefined) ?? 0);
  }

  /** A holder more of a buffer, in running time. */
  place(pad: string, buffer: StreamBuffer): StreamBuffer {
    const shift = this.shiftAt(pad, buffer.source);
    if (shift === 0) return buffer.retain();
    const placed = buffer.derive({ pts: buffer.pts + shift });
    this.shifted.set(placed, shift);
    return placed;
  }

  /** By how much a buffer's time has been shifted. */
  shiftOf(buffer: StreamBuffer): Microseconds {
    return this.shifted.get(buffer) ?? 0;
  }

  /** Nothing more comes of a source. */
  forget(source: string): void {
    for (const own of this.shifts.values()) own.delete(source);
  }
}
