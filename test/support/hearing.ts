// A graph that hears messages by the machine's clock, and somebody who waits for what is to come of them.

import type { AnyElementDefinition } from '../../src/core/element/define-element.ts';
import { anyMedia, sinkPad } from '../../src/core/element/pad-template.ts';
import { SystemClock } from '../../src/core/time/clock.ts';
import { testPipeline } from './test-pipeline.ts';
import { tinyElement } from './tiny-element.ts';
import { Watch } from './watch.ts';

export interface Heard {
  readonly media: string;
  readonly value: unknown;
  readonly bytes: string;
  readonly pts: number;
  readonly epoch: number;
  readonly discont: boolean;
  readonly corrupt: boolean;
}

/** Soon, so that a test is. */
const RECONNECT = { firstDelayMs: 20, maxDelayMs: 100 };

/** @param hold What is waited for before a message is taken. */
export function hearing(definition: AnyElementDefinition, props: object, hold?: () => Promise<void> | undefined) {
  const heard: Heard[] = [];
  const watch = new Watch();
  const ear = tinyElement('ear', {
    pads: { sink: sinkPad(anyMedia()) },
    create: ({ context, caps }) => ({
      render: ({ value, slabs: [slab], bytes, pts, epoch, discont, corrupt }) => {
        const text = slab === undefined ? '' : Buffer.from(context.arena.bytes(slab.offset, bytes)).toString('latin1');
        heard.push({ media: caps.sink!.media, value, bytes: text, pts, epoch, discont, corrupt });
        watch.look();
        return hold?.();
      },
    }),
  });
  const made = testPipeline(
    [definition, ear],
    { elements: { [definition.name]: { props: { reconnect: RECONNECT, ...props } } }, links: [`${definition.name} ! ear`] },
    { clock: new SystemClock() },
  );
  const texts = (): string => made.messages.map((message) => ('text' in message ? message.text : '')).join('\n');
  const element = () => made.pipeline.summary().elements.find((one) => one.name === definition.name)!;
  return { ...made, ...watch.play(made), heard, texts, element, look: watch.look };
}
