// What hooks may give back, and what becomes of the buffers in it when they give back something else.
import type { Slab } from '../../memory/slab.ts';
import { ElementError } from '../errors.ts';
import { StreamBuffer } from '../stream/buffer.ts';
import { isFlowReturn } from '../stream/flow-return.ts';
import type { Output } from './define-element.ts';

/** @throws ElementError `element/wrong-output` when there is not one result for each buffer of a batch. */
export function checkBatch(name: string, inputs: readonly StreamBuffer[], outputs: readonly Output[]): readonly Output[] {
  if (Array.isArray(outputs) && outputs.length === inputs.length) return outputs;
  const found = Array.isArray(outputs) ? `${outputs.length}` : nameOf(outputs);
  if (Array.isArray(outputs)) for (const output of outputs) releaseOutput(output, inputs);
  const text = `${name}: transformBatch must return one result per buffer, found ${found} for ${inputs.length}`;
  throw new ElementError(name, 'element/wrong-output', text);
}

/** Gives back the slab that a transform was given to write to, unless its output holds it. */
export function keepOrRelease(output: Output, slab: Slab): Output {
  const used =
    output instanceof StreamBuffer
      ? output.slabs.includes(slab)
      : Array.isArray(output) && output.some((one) => one instanceof StreamBuffer && one.slabs.includes(slab));
  if (!used) slab.release();
  return output;
}

/** The same, once the output is there. */
export async function keepOrReleaseLater(output: Promise<Output>, slab: Slab): Promise<Output> {
  try {
    return keepOrRelease(await output, slab);
  } catch (error) {
    slab.release();
    throw error;
  }
}

/** Lets go of what a hook returned that cannot be used, whatever that is; inputs are let go by others. */
export function releaseOutput(output: unknown, inputs: readonly StreamBuffer[]): void {
  if (output instanceof Promise) {
    output.then(
      (later) => releaseOutput(later, inputs),
      () => {},
    );
    return;
  }
  for (const one of new Set(Array.isArray(output) ? output : [output])) {
    if (one instanceof StreamBuffer && !inputs.includes(one)) one.release();
  }
}

export function wrongOutput(name: string, output: unknown, hook = 'transform'): ElementError {
  const wanted = hook === 'transform' ? 'a buffer, several or nothing' : 'a list of buffers or nothing';
  return new ElementError(name, 'element/wrong-output', `${name}: ${hook} must return ${wanted}, found ${nameOf(output)}`);
}

/** What speaks against what a hook has answered; undefined where it is an answer. */
export function wrongFlow(name: string, hook: string, flow: unknown): ElementError | undefined {
  if (flow === 'ok' || isFlowReturn(flow)) return undefined;
  const found = typeof flow === 'string' ? `'${flow}'` : nameOf(flow);
  const text = `${name}: ${hook} must return what became of what it was given: 'ok', or what context.push gave for it; found ${found}`;
  return new ElementError(name, 'element/wrong-output', text);
}

function nameOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value;
}
