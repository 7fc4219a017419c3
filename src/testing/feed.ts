// A source that gives what a test hands it, one thing at a time.
import { z } from 'zod';
import { type FixedCaps, sameCaps } from '../core/caps/caps.ts';
import { type AnyElementDefinition, defineElement } from '../core/element/define-element.ts';
import type { ElementContext } from '../core/element/element-context.ts';
import { anyMedia, srcPad } from '../core/element/pad-template.ts';
import type { StreamBuffer } from '../core/stream/buffer.ts';
import type { SourceEvent } from '../core/stream/event.ts';

type Item = StreamBuffer | 'end';

export class Feed {
  readonly definition: AnyElementDefinition;
  private context: ElementContext | undefined;
  private readonly items: { item: Item; taken: () => void }[] = [];
  private asking: ((item: Item) => void) | undefined;
  /** Tells who pushed last that downstream has taken it. */
  private taken: (() => void) | undefined;

  constructor(name: string, caps: FixedCaps) {
    this.definition = defineElement({
      name,
      klass: 'Source/Test',
      summary: 'Gives what a test hands it.',
      example: name,
      props: z.strictObject({}),
      pads: { src: srcPad(anyMedia()) },
      negotiate: { srcCaps: () => [caps] },
      create: ({ context }) => {
        this.context = context;
        let current = caps;
        return {
          produce: async () => {
            this.taken?.();
            this.taken = undefined;
            const item = await this.next();
            if (item === 'end') return undefined;
            if (!sameCaps(item.caps, current)) {
              current = item.caps;
              await context.setCaps('src', current);
            }
            return item;
          },
          stop: () => this.end(),
          flush: () => this.drop(),
        };
      },
    }) as AnyElementDefinition;
  }

  /** Hands a buffer over; resolves when downstream has taken it, which backpressure may delay. */
  push(buffer: StreamBuffer): Promise<void> {
    return new Promise((taken) => {
      this.items.push({ item: buffer, taken });
      this.serve();
    });
  }

  /** Says that time passed without data. */
  async gap(pts: number, duration: number, source: string, epoch: number): Promise<void> {
    await this.context?.gap('src', { pts, duration, source, epoch });
  }

  /** Says something of a source. */
  async event(event: SourceEvent): Promise<void> {
    await this.context?.event('src', event);
  }

  /** The end of the stream follows what has been pushed. */
  end(): void {
    this.items.push({ item: 'end', taken: () => {} });
    this.serve();
  }

  private next(): Promise<Item> {
    return new Promise((resolve) => {
      this.asking = resolve;
      this.serve();
    });
  }

  private serve(): void {
    const { asking } = this;
    const next = asking === undefined ? undefined : this.items.shift();
    if (next === undefined) return;
    this.asking = undefined;
    this.taken = next.taken;
    asking!(next.item);
  }

  /** What nobody has taken yet goes. */
  private drop(): void {
    for (const { item, taken } of this.items.splice(0)) {
      if (item !== 'end') item.release();
      taken();
    }
    this.taken?.();
    this.asking?.('end');
    this.asking = undefined;
  }
}
