// An element that is not a source and suffers: its hooks take longer, do not come back for a while, or throw.

import type { AnyHooks } from '../core/element/define-element.ts';
import type { ElementContext } from '../core/element/element-context.ts';
import { AbortedError } from '../core/errors.ts';
import type { StreamBuffer } from '../core/stream/buffer.ts';
import type { FaultInjector } from './fault-injector.ts';
import { InjectedFault } from './injected-fault.ts';
import { until } from './until.ts';

/** @param entering Told of every buffer that a hook is given. */
export function faultyHooks(
  hooks: AnyHooks,
  { name, clock, signal }: ElementContext,
  injector: FaultInjector,
  entering: (buffer: StreamBuffer, pad: string | undefined) => void,
): AnyHooks {
  /** Calls a hook on buffers, once what strikes them has had its way. */
  const suffering = <T>(buffers: readonly StreamBuffer[], pad: string | undefined, hook: () => T): T => {
    const strikes = buffers.flatMap((buffer) => {
      entering(buffer, pad);
      return injector.at(name, injector.count(name), false);
    });
    if (strikes.length === 0) return hook();
    const failing = strikes.find(({ fault }) => fault.kind === 'fail');
    const go = (): T => {
      if (failing !== undefined) throw new InjectedFault(name, failing.buffer);
      return hook();
    };
    const delay = strikes.reduce((longest, one) => Math.max(longest, one.delay), 0);
    if (delay === 0) return go();
    const late = until(clock, delay, signal).then(() => {
      if (signal.aborted) throw new AbortedError();
      return go();
    });
    return late as T;
  };

  const { transform, transformBatch, render, chain } = hooks;
  return {
    ...hooks,
    ...(transform === undefined ? {} : { transform: (...given) => suffering([given[0]], undefined, () => transform.apply(hooks, given)) }),
    ...(transformBatch === undefined
      ? {}
      : { transformBatch: (...given) => suffering(given[0], undefined, () => transformBatch.apply(hooks, given)) }),
    ...(render === undefined ? {} : { render: (...given) => suffering([given[0]], undefined, () => render.apply(hooks, given)) }),
    ...(chain === undefined
      ? {}
      : {
          chain: Object.fromEntries(
            Object.entries(chain).map(([template, hook]) => [
              template,
              (buffer: StreamBuffer, pad: string) => suffering([buffer], pad, () => hook(buffer, pad)),
            ]),
          ),
        }),
  };
}
