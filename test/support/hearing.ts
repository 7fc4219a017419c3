// A graph that hears messages by the machine's clock, and somebody who waits for what is to come of them.

import type { AnyElementDefinition } from '../../src/core/element/define-element.ts';
import { anyMedia, sinkPad } from '../../src/core/element/pad-template.ts';
import { SystemClock } from '../../src/core/time/clock.ts';
import { testPipeline } from './test-pipeline.ts';
import { tinyElement } from './tiny-element.ts';

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
  const waiting = new Set<() => void>();
  const look = (): void => {
    for (const one of waiting) one();
  };
  const ear = tinyElement('ear', {
    pads: { sink: sinkPad(anyMedia()) },
    create: ({ context, caps }) => ({
      render: ({ value, slabs: [slab], bytes, pts, epoch, discont, corrupt }) => {
        const text = slab === undefined ? '' : Buffer.from(context.arena.bytes(slab.offset, bytes)).toString('latin1');
        heard.push({ media: caps.sink!.media, value, bytes: text, pts, epoch, discont, corrupt });
        look();
        return hold?.();
      },
    }),
  });
  const made = testPipeline(
    [definition, ear],
    { elements: { [definition.name]: { props: { reconnect: RECONNECT, ...props } } }, links: [`${definition.name} ! ear`] },
    { clock: new SystemClock() },
  );
  made.pipeline.bus.on('*', look);
  const running = made.pipeline.run();
  let failure: unknown;
  running.catch((error) => {
    failure = error;
    look();
  });
  /** Resolves once a condition holds, which is looked at whenever a message has come, be it of the graph or of its bus. */
  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (failure === undefined && !condition()) return;
        waiting.delete(check);
        if (failure === undefined) resolve();
        else reject(failure);
      };
      waiting.add(check);
      check();
    });
  const codes = (): string[] => made.messages.flatMap((message) => ('code' in message ? [String(message.code)] : []));
  const texts = (): string => made.messages.map((message) => ('text' in message ? message.text : '')).join('\n');
  const element = () => made.pipeline.summary().elements.find((one) => one.name === definition.name)!;
  const stop = async (): Promise<void> => {
    made.pipeline.stop();
    await running;
    made.assertClean();
  };
  return { ...made, heard, running, until, codes, texts, element, stop, look };
}
