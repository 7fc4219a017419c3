// Elements in a few lines, for tests of the runtime: everything about them but their hooks has a default.
import { z } from 'zod';
import type { AnyElementDefinition, AnyHooks, ElementContract } from '../../src/core/element/define-element.ts';
import type { ElementContext } from '../../src/core/element/element-context.ts';
import { type MediaType, type PadTemplates, sinkPad, srcPad } from '../../src/core/element/pad-template.ts';
import { StreamBuffer } from '../../src/core/stream/buffer.ts';
import type { Slab } from '../../src/memory/slab.ts';
import { testCaps } from './make-buffer.ts';

export const testMedia: MediaType<'test', unknown> = { name: 'test', caps: [testCaps] };

export interface TinyContext {
  readonly context: ElementContext;
  readonly caps: { readonly sink?: StreamBuffer['caps']; readonly src?: StreamBuffer['caps'] };
  readonly resource: unknown;
}

export type TinyElement = Partial<Omit<ElementContract<unknown, PadTemplates, unknown>, 'name'>> & {
  readonly pads: PadTemplates;
  /** Default: any. */
  readonly props?: z.ZodObject;
  create(tiny: TinyContext): AnyHooks | Promise<AnyHooks>;
};

export function tinyElement(name: string, { create, ...contract }: TinyElement): AnyElementDefinition {
  return { name, klass: 'Test', summary: 'Test.', example: name, props: z.looseObject({}), ...contract, create } as AnyElementDefinition;
}

export const SOURCE_PADS = { src: srcPad(testMedia) };
export const FILTER_PADS = { sink: sinkPad(testMedia), src: srcPad(testMedia) };
export const SINK_PADS = { sink: sinkPad(testMedia) };

export interface CountingSource {
  /** How many buffers, one every 10 ms of stream time. */
  readonly count: number;
  /** Each holds a slab of this size. */
  readonly slabBytes?: number;
  /** Called before each buffer is made. */
  before?(index: number, context: ElementContext): void | Promise<void>;
}

/** A source that counts. */
export function countingSource(name: string, { count, slabBytes, before }: CountingSource): AnyElementDefinition {
  return tinyElement(name, {
    pads: SOURCE_PADS,
    create: ({ context, caps }) => {
      let made = 0;
      const make = (): StreamBuffer => {
        const slabs: Slab[] = slabBytes === undefined ? [] : [context.arena.allocate(slabBytes)];
        return new StreamBuffer({ caps: caps.src!, pts: made++ * 10_000, duration: 10_000, slabs });
      };
      return {
        produce: () => {
          if (made >= count) return undefined;
          const wait = before?.(made, context);
          return wait instanceof Promise ? wait.then(make) : make();
        },
      };
    },
  });
}

/** A filter with a transform hook of its own. */
export function filter(name: string, transform: NonNullable<AnyHooks['transform']>, more: Partial<TinyElement> = {}): AnyElementDefinition {
  return tinyElement(name, { pads: FILTER_PADS, create: () => ({ transform }), ...more });
}

/** A sink that notes the pts, in steps of the counting source, of what it is given. */
export function notingSink(name: string, seen: number[], more: Partial<AnyHooks> = {}): AnyElementDefinition {
  return tinyElement(name, {
    pads: SINK_PADS,
    create: () => ({
      render: (buffer) => {
        seen.push(buffer.pts / 10_000);
      },
      ...more,
    }),
  });
}
