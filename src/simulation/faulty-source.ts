// A source that suffers: what its hooks give comes late, twice, in another order, or not at all, and ends early.

import type { AnyHooks } from '../core/element/define-element.ts';
import type { ElementContext } from '../core/element/element-context.ts';
import type { StreamBuffer } from '../core/stream/buffer.ts';
import { OnPad } from '../core/stream/on-pad.ts';
import { Skipped } from '../core/stream/skipped.ts';
import type { FaultInjector } from './fault-injector.ts';
import { InjectedFault } from './injected-fault.ts';
import { until } from './until.ts';

/** The most that a source's buffers may be held back: what its pool has to hold in addition. */
export const MOST_HELD = 17;

type Given = StreamBuffer | OnPad | Skipped | undefined;

/** @param limit After how many buffers of its own it ends. */
export function faultySource(hooks: AnyHooks, context: ElementContext, injector: FaultInjector, limit: number): AnyHooks {
  const { name, clock, signal } = context;
  /** What is to be given before anything new is asked for. */
  const waiting: StreamBuffer[] = [];
  let held: { readonly buffer: StreamBuffer; readonly after: number }[] = [];
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  signal.addEventListener('abort', stop);

  const letGo = (): void => {
    for (const buffer of waiting.splice(0)) buffer.release();
    for (const { buffer } of held.splice(0)) buffer.release();
  };

  /** What becomes of a buffer; undefined when another has to be asked for. */
  const suffer = (buffer: Given): Given | Promise<Given> => {
    if (buffer === undefined) {
      waiting.push(...held.splice(0).map((one) => one.buffer));
      return waiting.length > 0 ? next() : undefined;
    }
    const number = injector.count(name);
    // A source with several pads is none that can be simulated: it reads what is outside.
    if (buffer instanceof Skipped || buffer instanceof OnPad) return buffer;
    const strikes = injector.at(name, number, true);
    if (strikes.length === 0 && held.length === 0) return buffer;
    const strikesAs = (kind: string): boolean => strikes.some(({ fault }) => fault.kind === kind);
    const settle = (): Given | Promise<Given> => {
      if (strikesAs('fail')) {
        buffer.release();
        throw new InjectedFault(name, number);
      }
      const reorder = strikes.find(({ fault }) => fault.kind === 'reorder');
      if (strikesAs('drop')) {
        context.dropped('fault');
        buffer.release();
      } else if (reorder?.fault.kind === 'reorder' && held.length < MOST_HELD - 1) {
        held.push({ buffer, after: number + reorder.fault.distance });
      } else {
        waiting.push(buffer);
        if (strikesAs('duplicate')) waiting.push(buffer.derive({}));
      }
      waiting.push(...held.filter(({ after }) => after <= number).map((one) => one.buffer));
      held = held.filter(({ after }) => after > number);
      return next();
    };
    const delay = strikes.reduce((sum, one) => sum + one.delay, 0);
    return delay === 0 ? settle() : until(clock, delay, stopping.signal).then(settle);
  };

  const next = (): Given | Promise<Given> => {
    const ready = waiting.shift();
    if (ready !== undefined) return ready;
    if (injector.seen(name) >= limit || stopping.signal.aborted) return suffer(undefined);
    const produced = hooks.produce!();
    return produced instanceof Promise ? produced.then(suffer) : suffer(produced);
  };

  return {
    ...hooks,
    produce: next,
    stop: () => {
      stop();
      hooks.stop?.();
    },
    flush: () => {
      letGo();
      hooks.flush?.();
    },
    close: () => {
      signal.removeEventListener('abort', stop);
      letGo();
      return hooks.close?.();
    },
  };
}
