// Events: what travels along a stream beside its buffers.
//
// Serialized events keep their place among buffers; sticky ones are also kept on the pad and replayed to whoever is linked
// later, in the order stream-start, caps, segment. Flush is out of band: it overtakes and empties queues.

import type { FixedCaps } from '../caps/caps.ts';
import type { Microseconds } from '../time/time.ts';
import type { StreamBuffer } from './buffer.ts';

/** A stream begins, or begins anew with a raised epoch. Sticky. */
export interface StreamStartEvent {
  readonly type: 'stream-start';
  readonly source: string;
  readonly epoch: number;
  /** Where it is replayed: when it came while it was recorded, in microseconds since that began. */
  readonly recordedAt?: Microseconds;
}

/** What the buffers that follow are. Sticky; precedes the first buffer. */
export interface CapsEvent {
  readonly type: 'caps';
  readonly caps: FixedCaps;
}

/** How the pts of the buffers that follow map to running time: running time = pts − start + base. Sticky. */
export interface SegmentEvent {
  readonly type: 'segment';
  /** Whose times these are; left out, those of all that come this way. */
  readonly source?: string;
  readonly start: Microseconds;
  readonly base: Microseconds;
  /** Where it is replayed: when it came while it was recorded, in microseconds since that began. */
  readonly recordedAt?: Microseconds;
}

/** Time has passed without data: nothing earlier than `pts + duration` will come from this source. */
export interface GapEvent {
  readonly type: 'gap';
  readonly pts: Microseconds;
  readonly duration: Microseconds;
  readonly source: string;
  readonly epoch: number;
  /** Where several streams travel as one, in batches, what this means for which of them; nothing is said of the others. */
  readonly parts?: readonly PartGap[];
  /** Where it is replayed: when it came while it was recorded, in microseconds since that began. */
  readonly recordedAt?: Microseconds;
}

/** One of several streams that travel as one has nothing for a while. */
export interface PartGap {
  /** Which of them, by number. */
  readonly stream: number;
  readonly pts: Microseconds;
  readonly duration: Microseconds;
  readonly source: string;
  readonly epoch: number;
  /** It has ended. */
  readonly isLast?: boolean;
}

/** A source has come to its end, and others that come the same way go on. It follows the source's last buffer. */
export interface SourceEndEvent {
  readonly type: 'source-end';
  readonly source: string;
  readonly epoch: number;
  /** Where it is replayed: when it came while it was recorded, in microseconds since that began. */
  readonly recordedAt?: Microseconds;
}

/** No more buffers. */
export interface EosEvent {
  readonly type: 'eos';
}

/** What is said of a source: that it begins or has ended, and how its times are counted. */
export type SourceEvent = StreamStartEvent | SegmentEvent | SourceEndEvent;

export type StreamEvent = StreamStartEvent | CapsEvent | SegmentEvent | GapEvent | SourceEndEvent | EosEvent;

export type EventType = StreamEvent['type'];

export const EOS: EosEvent = { type: 'eos' };

/** Sticky events in the order of their replay. */
export const STICKY_EVENTS = ['stream-start', 'caps', 'segment'] as const;

/** Whether an event stays on the pad for those who come later. */
export function isSticky(event: StreamEvent): boolean {
  return event.type === 'stream-start' || event.type === 'caps' || event.type === 'segment';
}

/** What stands for a buffer that goes no further. */
export function gapOf({ pts, duration = 0, source, epoch, meta: { parts, recordedAt } }: StreamBuffer): GapEvent {
  const gap = { type: 'gap', pts, duration, source, epoch } as const;
  if (parts === undefined && recordedAt === undefined) return gap;
  return { ...gap, ...(parts === undefined ? {} : { parts }), ...(recordedAt === undefined ? {} : { recordedAt }) };
}

/** Two gaps of one stream, one after the other, as one. */
export function joinedGaps(first: GapEvent, second: GapEvent): GapEvent {
  const pts = Math.min(first.pts, second.pts);
  const duration = Math.max(first.pts + first.duration, second.pts + second.duration) - pts;
  const parts = first.parts === undefined ? second.parts : [...first.parts, ...(second.parts ?? [])];
  return { ...second, pts, duration, ...(parts === undefined ? {} : { parts }) };
}
