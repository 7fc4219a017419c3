// Gives the items of batches back to the streams that they came from, each by the src pad of its sink pad's number.
//
// sink: batch, as stream-mux makes them and a model hands them on; src_%u: the items, with their own source, epoch, pts and
// meta, in the order of their stream. Items of pads that are not linked are dropped as `not-linked`. The slowest branch holds
// the others back once its queue is full; the branches end together.
import { z } from 'zod';
import { intersectCaps } from '../../core/caps.ts';
import { defineElement } from '../../core/define-element.ts';
import { combineFlow, type Flow, type FlowReturn } from '../../core/flow-return.ts';
import { anyMedia, sinkPad, srcPad } from '../../core/pad-template.ts';
import { batchCaps, batches, bufferOf, itemCaps } from '../../media/batch.ts';

export const streamDemux = defineElement({
  name: 'stream-demux',
  klass: 'Flow/Batch',
  summary: 'Gives the items of batches back to their streams.',
  example: 'stream-mux name=m ! stream-demux name=d ! fake-sink  fake-source count=10 ! m.  fake-source count=10 ! m.  d. ! fake-sink',
  props: z.strictObject({}),
  pads: { sink: sinkPad(batches()), 'src_%u': srcPad(anyMedia(), { presence: 'request' }) },
  // Remembered across changes of caps.
  open: () => ({ padOf: new Map<string, string>() }),
  negotiate: {
    sinkCaps: ({ allowed }) => batchCaps(Object.values(allowed).reduce(intersectCaps, 'any')),
    srcCaps: ({ sink }) => itemCaps(Object.values(sink)),
  },
  create: ({ resource: { padOf }, caps, context }) => {
    const both = (flows: readonly Flow[]): Flow =>
      flows.some((flow) => flow instanceof Promise) ? Promise.all(flows).then(combineFlow) : combineFlow(flows as FlowReturn[]);
    return {
      chain: {
        sink: ({ value: { slots } }) => {
          const flows: Flow[] = [];
          for (const slot of slots) {
            const pad = `src_${slot.index}`;
            const own = caps[pad];
            padOf.set(slot.source, pad);
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
      gap: (_pad, _until, event) => {
        const pad = padOf.get(event.source);
        return pad === undefined || caps[pad] === undefined ? 'ok' : context.gap(pad, event);
      },
    };
  },
});
