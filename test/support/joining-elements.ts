// Elements for joins whose inputs, or outputs, are in worker threads, which load this module by its address.
import { z } from 'zod';
import { caps } from '../../src/core/caps/caps.ts';
import type { AnyElementDefinition } from '../../src/core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../src/core/element/pad-template.ts';
import { StreamBuffer } from '../../src/core/stream/buffer.ts';
import { identity } from '../../src/elements/flow/identity.ts';
import { join } from '../../src/elements/fusion/join.ts';
import type { JoinedSet } from '../../src/media/joined.ts';
import { detections, joined } from '../../src/media/media-types.ts';
import { tinyElement } from './tiny-element.ts';

/** Gives buffers at every `step`, each with a slab that holds its number. */
const steps = tinyElement('steps', {
  pads: { src: srcPad(anyMedia()) },
  props: z.looseObject({ step: z.number().default(10), count: z.number().default(20) }),
  open: ({ props }) => props,
  negotiate: { srcCaps: () => caps('test') },
  create: ({ context, caps: { src }, resource }) => {
    const { step, count } = resource as { step: number; count: number };
    let made = 0;
    return {
      produce: () => {
        if (made === count) return undefined;
        const slab = context.arena.allocate(64);
        context.arena.bytes(slab.offset, 1)[0] = made;
        return new StreamBuffer({ caps: src!, pts: made++ * step, duration: step, slabs: [slab] });
      },
    };
  },
});

/** What is in a set, slabs included, as text. */
const write = tinyElement('write', {
  pads: { sink: sinkPad(joined()), src: srcPad(detections()) },
  negotiate: { srcCaps: () => caps('detections') },
  create: ({ context, caps: { src } }) => ({
    transform: (buffer) => {
      const { parts, complete } = buffer.value as JoinedSet;
      const words = Object.entries(parts).map(([name, part]) =>
        part === null ? `${name}=-` : `${name}=${part.pts}#${context.arena.bytes(part.slabs[0]!.offset, 1)[0]}`,
      );
      return buffer.derive({ caps: src!, slabs: [], value: `${buffer.pts} ${complete} ${words.join(' ')}` });
    },
  }),
});

const definitions: readonly AnyElementDefinition[] = [steps, write, identity, join];

export const threadedDefinitions = definitions;

export const joiningElements = { definitions, module: import.meta.url };
