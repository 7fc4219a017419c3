// A batch: items of several streams that travel together, each with what it needs to find its way back.

import { type Caps, caps, type FixedCaps } from '../core/caps/caps.ts';
import type { MediaType } from '../core/element/pad-template.ts';
import { type BufferMeta, StreamBuffer } from '../core/stream/buffer.ts';
import type { GapEvent, PartGap } from '../core/stream/event.ts';
import type { Microseconds } from '../core/time/time.ts';
import type { Slab } from '../memory/slab.ts';

/** One item of a batch: a buffer taken apart. The batch's buffer holds its slabs. */
export interface BatchSlot {
  /** Number of the sink pad that it came by, and of the src pad that it leaves by. */
  readonly index: number;
  readonly source: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly pts: Microseconds;
  readonly duration: Microseconds | undefined;
  readonly bornAt: Microseconds;
  readonly discont: boolean;
  readonly corrupt: boolean;
  readonly meta: BufferMeta;
  readonly bytes: number;
  readonly slabs: readonly Slab[];
  readonly value: unknown;
  /** The gap behind it in its stream. */
  readonly gap?: GapEvent | undefined;
}

export interface StreamBatch {
  readonly slots: readonly BatchSlot[];
  /** Places that whoever runs the batch should have: more than slots only where just certain sizes will do. */
  readonly places: number;
}

/**
 * Batches of anything. Fields: `item`, the media type of the items, and the fields that items of that type have; info: what goes with
 * the items' caps, and {@link BatchInfo}.
 */
export function batches(): MediaType<'batch', StreamBatch> {
  return { name: 'batch', caps: caps('batch') };
}

export interface BatchInfo {
  /** The items' caps of each stream by its number; those of a batch are of streams that share them. */
  readonly streams?: Readonly<Record<number, FixedCaps>>;
}

/** Caps of batches of what the given caps allow. */
export function batchCaps(items: Caps): Caps {
  return items === 'any' ? caps('batch') : items.filter(({ media }) => media !== 'batch').map((item) => batchOf(item));
}

export function batchOf({ media, fields, info }: FixedCaps, streams?: BatchInfo['streams']): FixedCaps {
  const more = { ...info, ...(streams === undefined ? {} : { streams }) };
  return { media: 'batch', fields: { item: media, ...fields }, ...(info === undefined && streams === undefined ? {} : { info: more }) };
}

/** Caps of items, and of batches of them where what comes of those may go on, for elements that take both. */
export function itemOrBatchCaps(items: Caps, out: Caps = 'any'): Caps {
  const takesBatches = out === 'any' || out.some(({ media }) => media === 'batch');
  if (items === 'any' || !takesBatches) return items;
  return [...items, ...items.filter(({ media }) => media !== 'batch').map((item) => batchOf(item))];
}

/** Caps of the items in what the given caps allow. */
export function itemCaps(allowed: Caps): Caps {
  if (allowed === 'any') return 'any';
  const found = allowed.filter(({ media }) => media === 'batch');
  return found.some(({ fields }) => typeof fields['item'] !== 'string') ? 'any' : found.map(itemOf);
}

export function itemOf({ fields: { item, ...fields }, info }: FixedCaps): FixedCaps {
  const { streams, ...own } = (info ?? {}) as BatchInfo;
  const isPlain = info === undefined || (streams !== undefined && Object.keys(own).length === 0);
  return { media: String(item), fields, ...(isPlain ? {} : { info: own }) };
}

/** Caps of the items of one stream. */
export function streamCaps(batch: FixedCaps, stream: number): FixedCaps {
  return (batch.info as BatchInfo | undefined)?.streams?.[stream] ?? itemOf(batch);
}

/** Caps of batches whose items have been made into something else. */
export function mappedCaps(batch: FixedCaps, map: (item: FixedCaps) => FixedCaps): FixedCaps {
  const { streams } = (batch.info ?? {}) as BatchInfo;
  const mapped = streams && Object.fromEntries(Object.entries(streams).map(([stream, one]) => [stream, map(one)]));
  return batchOf(map(itemOf(batch)), mapped);
}

/** A buffer as an item of a batch; does not take it over. */
export function slotOf(buffer: StreamBuffer, index: number, gap?: GapEvent): BatchSlot {
  const { source, epoch, sequence, pts, duration, bornAt, discont, corrupt, meta, bytes, slabs, value } = buffer;
  return { index, source, epoch, sequence, pts, duration, bornAt, discont, corrupt, meta, bytes, slabs, value, gap };
}

/** The buffer that an item stands for, with a reference of its own to each slab. */
export function bufferOf(slot: BatchSlot, itemCaps: FixedCaps): StreamBuffer {
  // Member for member, since to copy what is left of an object costs more than all the rest.
  const { source, epoch, sequence, pts, duration, bornAt, discont, corrupt, meta, bytes, value } = slot;
  const slabs = slot.slabs.map((slab) => slab.retain());
  return new StreamBuffer({ caps: itemCaps, source, epoch, sequence, pts, duration, bornAt, discont, corrupt, meta, bytes, slabs, value });
}

/** The references that a batch's buffer holds: one for each slab of each item. Those the items have are taken over. */
export function slabsOf(slots: readonly BatchSlot[]): readonly Slab[] {
  return slots.flatMap(({ slabs }) => slabs);
}

/** What the streams would miss without a batch. */
export function partsOf(slots: readonly BatchSlot[]): readonly PartGap[] {
  return slots.map(({ index, pts, duration = 0, source, epoch, gap }) => {
    const end = Math.max(pts + duration, gap === undefined ? 0 : gap.pts + gap.duration);
    return { stream: index, pts, duration: end - pts, source, epoch };
  });
}
