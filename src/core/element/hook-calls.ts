// Calls the hooks that give something back for a buffer or a batch, with a slab to write to where they want one, and takes their time.
import type { Slab } from '../../memory/slab.ts';
import { ElementError } from '../errors.ts';
import type { StreamBuffer } from '../stream/buffer.ts';
import type { AnyHooks, Output } from './define-element.ts';
import type { Element } from './element.ts';
import { checkBatch, keepOrRelease, keepOrReleaseLater, releaseOutput } from './hook-output.ts';
import type { Lifecycle } from './lifecycle.ts';

/** What a run of a hook came to: one output per input, or a fault of the hooks of a certain `incarnation` in a run of `size` inputs. */
export type RunResult =
  | { readonly outputs: readonly Output[] }
  | { readonly fault: unknown; readonly incarnation: number; readonly size: number };

/** The output of an element that gives none: it has done all there was to do. */
export const RENDERED = [] as readonly StreamBuffer[];
/** What a transform is handed that writes to no slab. */
export const NO_SLAB = undefined as unknown as Slab;

export class HookCalls {
  private readonly element: Element;
  private readonly life: Lifecycle;

  constructor(element: Element) {
    this.element = element;
    this.life = element.life;
  }

  /** Begins a run on one buffer or on a batch; never throws and never rejects. */
  start(inputs: readonly StreamBuffer[], slots = inputs.length): RunResult | Promise<RunResult> {
    const { incarnation } = this.element.life;
    try {
      const outputs = this.call(inputs, slots);
      if (outputs instanceof Promise)
        return outputs.then(
          (value) => ({ outputs: value }),
          (fault: unknown) => ({ fault, incarnation, size: inputs.length }),
        );
      return { outputs };
    } catch (fault) {
      return { fault, incarnation, size: inputs.length };
    }
  }

  transform(hooks: AnyHooks, buffer: StreamBuffer): Output | Promise<Output> {
    const { pool } = this.life;
    // Of a batch that goes one by one: no slab to write to, and no time to take.
    if (pool === undefined && !this.element.statistics.isTimed) {
      const output = hooks.transform!(buffer, NO_SLAB);
      return output instanceof Promise ? this.limited(output, buffer) : output;
    }
    if (pool === undefined) return this.transformInto(hooks, buffer, undefined);
    const slab = pool.acquire();
    return slab instanceof Promise ? slab.then((one) => this.transformInto(hooks, buffer, one)) : this.transformInto(hooks, buffer, slab);
  }

  private call(inputs: readonly StreamBuffer[], slots: number): readonly Output[] | Promise<readonly Output[]> {
    const { name, life, clock, hookTime, limit } = this.element;
    const { hooks } = life;
    if (hooks === undefined) throw new ElementError(name, 'element/no-caps', `${name} was given a buffer before any caps`);
    if (hooks.transformBatch !== undefined) {
      const start = clock.now();
      const outputs = hooks.transformBatch(inputs, slots);
      if (!(outputs instanceof Promise)) {
        hookTime.worked(start, inputs.length);
        return checkBatch(name, inputs, outputs);
      }
      const limited = limit.within(outputs, inputs, (late) => {
        for (const output of Array.isArray(late) ? late : [late]) releaseOutput(output, inputs);
      });
      return hookTime.until(start, inputs.length, limited).then((list) => checkBatch(name, inputs, list));
    }
    const outputs = inputs.map((buffer) => this.callOne(hooks, buffer));
    return outputs.some((output) => output instanceof Promise) ? Promise.all(outputs) : (outputs as Output[]);
  }

  /** An element that takes single buffers. */
  private callOne(hooks: AnyHooks, buffer: StreamBuffer): Output | Promise<Output> {
    if (hooks.transform !== undefined) return this.transform(hooks, buffer);
    const start = this.element.clock.now();
    const { hookTime, limit } = this.element;
    const own = hooks.render!(buffer);
    const rendered = hookTime.until(start, 1, own instanceof Promise ? limit.within(own, [buffer], () => {}) : own);
    return rendered instanceof Promise ? rendered.then(() => RENDERED) : RENDERED;
  }

  private transformInto(hooks: AnyHooks, buffer: StreamBuffer, slab: Slab | undefined): Output | Promise<Output> {
    const { hookTime, clock } = this.element;
    const start = clock.now();
    let output: Output | Promise<Output>;
    try {
      output = hooks.transform!(buffer, slab ?? NO_SLAB);
    } catch (error) {
      hookTime.worked(start, 1);
      slab?.release();
      throw error;
    }
    if (!(output instanceof Promise)) {
      hookTime.worked(start, 1);
      return slab === undefined ? output : keepOrRelease(output, slab);
    }
    return hookTime.until(start, 1, this.limited(slab === undefined ? output : keepOrReleaseLater(output, slab), buffer));
  }

  limited(output: Promise<Output>, buffer: StreamBuffer): Promise<Output> {
    return this.element.limit.within(output, [buffer], (late) => releaseOutput(late, [buffer]));
  }
}
