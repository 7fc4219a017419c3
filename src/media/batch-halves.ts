import type { StreamBuffer } from '../core/stream/buffer.ts';
import { type BatchSlot, partsOf, type StreamBatch, slabsOf } from './batch.ts';

/** The two halves of a batch, as batches of their own; undefined for a single item. Does not take the batch over. */
export function halvesOf(batch: StreamBuffer): readonly StreamBuffer<StreamBatch>[] | undefined {
  const { slots } = batch.value as StreamBatch;
  if (slots.length < 2) return undefined;
  const middle = Math.ceil(slots.length / 2);
  return [slots.slice(0, middle), slots.slice(middle)].map((own) => withSlots(batch, own));
}

function withSlots(batch: StreamBuffer, slots: readonly BatchSlot[]): StreamBuffer<StreamBatch> {
  return batch.derive({
    slabs: slabsOf(slots).map((slab) => slab.retain()),
    value: { slots, places: slots.length },
    meta: { parts: partsOf(slots) },
  });
}
