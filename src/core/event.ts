// Events: what travels along a stream beside its buffers.
//
// Serialized events keep their place among buffers; sticky ones are also kept on the pad and replayed to whoever is linked
// later, in the order stream-start, caps, segment. Flush is out of band: it overtakes and empties queues.
import type { StreamBuffer } from './buffer.ts';
import type { FixedCaps } from './caps.ts';
import type { Microseconds } from './time.ts';

/** A stream begins, or begins anew with a raised epoch. Sticky. */
export interface StreamStartEvent {
  readonly type: 'stream-start';
  readonly source: string;
  readonly epoch: number;
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
}

/** Time has passed without data: nothing earlier than `pts + duration` will come from this source. */
export interface GapEvent {
  readonly type: 'gap';
  readonly pts: Microseconds;
  readonly duration: Microseconds;
  readonly source: string;
  readonly epoch: number;
}

/** A source has come to its end, and others that come the same way go on. It follows the source's last buffer. */
export interface SourceEndEvent {
  readonly type: 'source-end';
  readonly source: string;
  readonly epoch: number;
}

/** No more buffers. */
export interface EosEvent {
  readonly type: 'eos';
}

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
export function gapOf({ pts, duration = 0, source, epoch }: StreamBuffer): GapEvent {
  return { type: 'gap', pts, duration, source, epoch };
}
