// A source that gives what a test tells it to, and a sink that notes all it gets, gaps included.

import type { FixedCaps } from '../../src/core/caps/caps.ts';
import type { AnyElementDefinition } from '../../src/core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../src/core/element/pad-template.ts';
import { type BufferInit, StreamBuffer } from '../../src/core/stream/buffer.ts';
import type { PartGap } from '../../src/core/stream/event.ts';
import { testCaps } from './make-buffer.ts';
import { tinyElement } from './tiny-element.ts';

export interface ScriptOptions {
  readonly caps?: FixedCaps;
  /** Called before each buffer. */
  before?(index: number): void | Promise<void>;
  /** Each buffer holds a slab of this size. */
  readonly slabBytes?: number;
}

/** Gives buffers one after the other; those whose caps differ from the last renegotiate. */
export function scriptedSource(name: string, script: readonly Partial<BufferInit>[], options: ScriptOptions = {}): AnyElementDefinition {
  const { caps = testCaps, before, slabBytes } = options;
  return tinyElement(name, {
    pads: { src: srcPad(anyMedia()) },
    negotiate: { srcCaps: () => [caps] },
    create: ({ context }) => {
      let current = caps;
      let index = 0;
      return {
        produce: async () => {
          const init = script[index];
          if (init === undefined) return undefined;
          await before?.(index);
          const pts = index++ * 10_000;
          if (init.caps !== undefined && init.caps !== current) {
            current = init.caps;
            await context.setCaps('src', current);
          }
          const slabs = slabBytes === undefined ? [] : [context.arena.allocate(slabBytes)];
          return new StreamBuffer({ pts, duration: 10_000, slabs, ...init, caps: current });
        },
      };
    },
  });
}

/** What a probe has got: a buffer, or a gap. */
export type Seen =
  | {
      readonly type: 'buffer';
      readonly pts: number;
      readonly source: string;
      readonly discont: boolean;
      readonly caps: FixedCaps;
      readonly buffer: StreamBuffer;
    }
  | { readonly type: 'gap'; readonly pts: number; readonly source: string; readonly until: number; readonly parts?: readonly PartGap[] };

/** A sink that notes buffers and gaps; `hold` may keep it busy. */
export function probe(name: string, seen: Seen[], hold?: () => void | Promise<void>): AnyElementDefinition {
  return tinyElement(name, {
    pads: { sink: sinkPad(anyMedia()) },
    create: ({ caps }) => ({
      chain: {
        sink: (buffer) => {
          const { pts, source, discont } = buffer;
          seen.push({ type: 'buffer', pts, source, discont, caps: caps.sink!, buffer });
          const held = hold?.();
          return held instanceof Promise ? held.then(() => 'ok') : 'ok';
        },
      },
      gap: (_pad, until, { pts, source, parts }) => {
        seen.push({ type: 'gap', pts, source, until, ...(parts === undefined ? {} : { parts }) });
        return 'ok';
      },
    }),
  });
}

/** The steps of 10 ms that a probe saw: `3` for a buffer, `-3` for a gap (`-0` for that of the first). */
export function stepsOf(seen: readonly Seen[]): string[] {
  return seen.map(({ type, pts }) => `${type === 'gap' ? '-' : ''}${pts / 10_000}`);
}
