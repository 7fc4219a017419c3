// Gives the items of batches back to the streams that they came from, each by the src pad of its sink pad's number.
//
// sink: batch, as stream-mux makes them and a model hands them on; src_%u: the items, with their own source, epoch, pts and
// meta, in the order of their stream. A branch has the caps of its own stream, gets the gaps that are said of it, those that
// stand for lost batches included, and ends with it. Items of pads that are not linked are dropped as `not-linked`. The slowest
// branch holds the others back once its queue is full.
import { z } from 'zod';
import { intersectCaps } from '../../core/caps/caps.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../core/element/pad-template.ts';
import type { PartGap } from '../../core/stream/event.ts';
import { combineFlow, type Flow, type FlowReturn } from '../../core/stream/flow-return.ts';
import { batchCaps, batches, bufferOf, streamCaps } from '../../media/batch.ts';

export const streamDemux = defineElement({
  name: 'stream-demux',
  klass: 'Flow/Batch',
  summary: 'Gives the items of batches back to their streams.',
  example: 'stream-mux name=m ! stream-demux name=d ! fake-sink  fake-source count=10 ! m.  fake-source count=10 ! m.  d. ! fake-sink',
  props: z.strictObject({}),
  pads: { sink: sinkPad(batches()), 'src_%u': srcPad(anyMedia(), { presence: 'request' }) },
  holdsInResource: true,
  // Branches that have ended, remembered across changes of caps.
  open: () => ({ ended: new Set<string>() }),
  negotiate: {
    sinkCaps: ({ allowed }) => batchCaps(Object.values(allowed).reduce(intersectCaps, 'any')),
    srcCaps: ({ sink, pad }) => Object.values(sink).map((batch) => streamCaps(batch, numberOf(pad))),
  },
  create: ({ resource: { ended }, caps, context }) => {
    for (const pad of ended) if (caps[pad] === undefined) ended.delete(pad);
    const told = ({ stream, isLast = false, ...gap }: PartGap): Flow => {
      const pad = `src_${stream}`;
      if (caps[pad] === undefined || ended.has(pad)) return 'ok';
      if (!isLast) return context.gap(pad, gap);
      ended.add(pad);
      return context.end(pad);
    };
    const both = (flows: readonly Flow[]): Flow =>
      flows.some((flow) => flow instanceof Promise) ? Promise.all(flows).then(combineFlow) : combineFlow(flows as FlowReturn[]);
    return {
      chain: {
        sink: ({ value: { slots } }) => {
          const flows: Flow[] = [];
          for (const slot of slots) {
            const pad = `src_${slot.index}`;
            const own = caps[pad];
            if (own === undefined) {
              context.dropped('not-linked');
              continue;
            }
            flows.push(context.push(pad, bufferOf(slot, own)));
            if (slot.gap !== undefined) flows.push(context.gap(pad, slot.gap));
          }
          return flows.length === 0 ? 'ok' : both(flows);
        },
      },
      gap: (_pad, _until, { parts = [] }) => {
        const flows = parts.map(told);
        return flows.length === 0 ? 'ok' : both(flows);
      },
    };
  },
});

function numberOf(pad: string): number {
  return Number(pad.slice('src_'.length));
}
