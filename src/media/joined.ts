// What a join gives: one buffer of each input, or null where an input has nothing at that time.
//
// A set is plain data, so that it can cross between threads. Its parts share their slabs with the buffer that carries the set:
// who wants to send one on alone makes a buffer of it. Parts are read, never written.

import type { FixedCaps } from '../core/caps/caps.ts';
import { StreamBuffer } from '../core/stream/buffer.ts';

/** A buffer as part of a set. */
export type JoinedPart<V = unknown> = Pick<
  StreamBuffer<V>,
  'caps' | 'pts' | 'duration' | 'slabs' | 'value' | 'bytes' | 'source' | 'epoch' | 'sequence' | 'discont' | 'corrupt' | 'meta' | 'bornAt'
>;

/** What belongs together; `Values` says for each input by its name what its buffers hold beside their slabs. */
export interface JoinedSet<Values extends Record<string, unknown> = Record<string, unknown>> {
  readonly parts: { readonly [Name in keyof Values]: JoinedPart<Values[Name]> | null };
  /** Bit i is set where input i has something of the set's own time, rather than nothing or what stands in for it. */
  readonly complete: number;
}

/** What goes with joined caps: the caps of each input by its name. */
export interface JoinedInfo {
  readonly inputs: Readonly<Record<string, FixedCaps>>;
}

/** A buffer as a part; the slabs stay the buffer's. */
export function partOf<V>(buffer: StreamBuffer<V>): JoinedPart<V> {
  const { caps, pts, duration, slabs, value, bytes, source, epoch, sequence, discont, corrupt, meta, bornAt } = buffer;
  return { caps, pts, duration, slabs, value, bytes, source, epoch, sequence, discont, corrupt, meta, bornAt };
}

/** A part as a buffer of its own, which holds the slabs for itself. */
export function bufferOf<V>(part: JoinedPart<V>): StreamBuffer<V> {
  for (const slab of part.slabs) slab.retain();
  return new StreamBuffer<V>(part);
}
