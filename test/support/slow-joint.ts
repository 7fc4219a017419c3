import { anyMedia, sinkPad, srcPad } from '../../src/core/element/pad-template.ts';
import type { FlowReturn } from '../../src/core/stream/flow-return.ts';
import { tinyElement } from './tiny-element.ts';

/** Hands on to all, and takes 50 ms to let go of what it has when something about it changes. */
export const slowJoint = tinyElement('slow-joint', {
  pads: { sink: sinkPad(anyMedia()), 'src_%u': srcPad(anyMedia(), { presence: 'request' }) },
  negotiate: { srcCaps: ({ sink }) => [sink['sink']!] },
  create: ({ caps, context: { clock, push } }) => ({
    chain: {
      sink: async (buffer): Promise<FlowReturn> => {
        for (const pad of Object.keys(caps)) if (pad !== 'sink') await push(pad, buffer.retain());
        return 'ok';
      },
    },
    drain: () => new Promise((resolve) => void clock.schedule(clock.now() + 50_000, () => resolve(undefined))),
  }),
});
