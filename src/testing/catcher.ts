// A sink that keeps what it is given, for a test to look at.
import { z } from 'zod';
import type { FixedCaps } from '../core/caps/caps.ts';
import type { AnyElementDefinition, AnyHooks } from '../core/element/define-element.ts';
import { anyMedia, sinkPad } from '../core/element/pad-template.ts';
import type { StreamBuffer } from '../core/stream/buffer.ts';
import type { Microseconds } from '../core/time/time.ts';

/** What came out of a pad. */
export type Caught =
  | { readonly type: 'buffer'; readonly buffer: StreamBuffer }
  | { readonly type: 'gap'; readonly pts: Microseconds; readonly until: Microseconds; readonly source: string }
  | { readonly type: 'caps'; readonly caps: FixedCaps }
  | { readonly type: 'eos' };

/** A source that ended. */
export interface CaughtEnd {
  readonly source: string;
  readonly epoch: number;
  /** How many buffers had come before. */
  readonly behind: number;
}

export class Catcher {
  readonly definition: AnyElementDefinition;
  readonly caught: Caught[] = [];
  readonly sourceEnds: CaughtEnd[] = [];
  /** Set by a test to keep buffers from being taken, until it resolves. */
  hold: Promise<void> | undefined;
  private readonly limit: number;

  /** @param limit Takes no more buffers than this, so that an endless source comes to rest. */
  constructor(name: string, limit: number) {
    this.limit = limit;
    this.definition = {
      name,
      klass: 'Sink/Test',
      summary: 'Keeps what it is given.',
      example: name,
      props: z.strictObject({}),
      pads: { sink: sinkPad(anyMedia()) },
      create: ({ caps, context }): AnyHooks => {
        this.caught.push({ type: 'caps', caps: caps['sink']! });
        const aborted = new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve(), { once: true }));
        return {
          chain: {
            sink: (buffer) => {
              this.caught.push({ type: 'buffer', buffer: buffer.retain() });
              const held = this.buffers.length >= this.limit ? aborted : this.hold;
              return held === undefined || context.signal.aborted ? 'ok' : Promise.race([held, aborted]).then(() => 'ok' as const);
            },
          },
          gap: (_pad, until, { pts, source }) => {
            this.caught.push({ type: 'gap', pts, until, source });
            return 'ok';
          },
          sourceEnd: (_pad, _pass, { source, epoch }) => {
            this.sourceEnds.push({ source, epoch, behind: this.buffers.length });
            return 'ok';
          },
          ended: () => {
            this.caught.push({ type: 'eos' });
          },
        };
      },
    };
  }

  get buffers(): StreamBuffer[] {
    return this.caught.flatMap((one) => (one.type === 'buffer' ? [one.buffer] : []));
  }

  /** Lets go of everything that was caught. */
  release(): void {
    for (const buffer of this.buffers) buffer.release();
    this.caught.length = 0;
  }
}
