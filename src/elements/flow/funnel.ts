// Brings several branches together in the order of arrival; nothing is aligned, that is a join's work.
//
// sink_%u, src: anything. Branches whose caps have the same fields cost nothing; of what else goes with caps (a frame rate) it
// tells what all of them agree on. Where fields differ, everything behind the funnel negotiates anew whenever a buffer follows
// one of another branch's caps; bring them to one size before it where that is too dear. The stream ends when every branch has
// ended.
import { z } from 'zod';
import { haveSameFields, sharedCaps } from '../../core/caps/caps.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../core/element/pad-template.ts';

export const funnel = defineElement({
  name: 'funnel',
  klass: 'Flow/Merge',
  summary: 'Brings several branches together as they come.',
  example: 'funnel name=f ! fake-sink  fake-source count=10 ! f.  fake-source count=10 ! f.',
  props: z.strictObject({}),
  pads: { 'sink_%u': sinkPad(anyMedia(), { presence: 'request' }), src: srcPad(anyMedia()) },
  memoryless: true,
  holdsInResource: true,
  negotiate: { srcCaps: ({ sink }) => sharedCaps(Object.values(sink)).slice(0, 1) },
  create: ({ caps, context }) => {
    const { src, ...branches } = caps;
    const shared = sharedCaps(Object.values(branches));
    const capsOf = new Map(Object.entries(branches).map(([pad, own]) => [pad, shared.find((one) => haveSameFields(one, own))!]));
    // The src pad's caps were settled from those of the first branch.
    let current = shared[0];
    let hasWarned = false;
    return {
      chain: {
        'sink_%u': (buffer, pad) => {
          const own = capsOf.get(pad)!;
          if (current !== own) {
            current = own;
            void context.setCaps('src', own);
            if (!hasWarned)
              context.warn('flow/alternating-caps', `The branches of ${context.name} differ in caps; each change costs a negotiation`);
            hasWarned = true;
          }
          return context.push('src', buffer.retain());
        },
      },
      gap: (_pad, _until, event) => context.gap('src', event),
    };
  },
});
