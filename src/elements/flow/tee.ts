// Gives every buffer to several branches, which share it: nothing is copied, and who wants to write in place copies first.
//
// sink, src_%u: anything, the same everywhere. Nothing is dropped: the slowest branch holds the others back once its queue is
// full. A branch that has ended no longer counts; when all have, so has the tee.
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../core/element/pad-template.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import { combineFlow, type Flow, type FlowReturn } from '../../core/stream/flow-return.ts';

export const tee = defineElement({
  name: 'tee',
  klass: 'Flow/Split',
  summary: 'Gives every buffer to several branches.',
  example: 'fake-source count=10 ! tee name=t  t. ! fake-sink  t. ! fake-sink',
  props: z.strictObject({}),
  pads: { sink: sinkPad(anyMedia()), 'src_%u': srcPad(anyMedia(), { presence: 'request' }) },
  memoryless: true,
  holdsInResource: true,
  create: ({ caps, context }) => {
    const branches = Object.keys(caps).filter((pad) => pad.startsWith('src_'));
    const send = (buffer: StreamBuffer): Flow => {
      const flows: Flow[] = [];
      let isReady = true;
      for (const branch of branches) {
        const flow = context.push(branch, buffer.retain());
        if (flow instanceof Promise) isReady = false;
        flows.push(flow);
      }
      return isReady ? combineFlow(flows as FlowReturn[]) : Promise.all(flows).then(combineFlow);
    };
    return {
      chain: { sink: send },
      gap: (_pad, _until, event) => Promise.all(branches.map((branch) => context.gap(branch, event))).then(combineFlow),
    };
  },
});
