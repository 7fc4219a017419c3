// What becomes of a fault of an element's hooks, by the element's policy: the buffer is tried again or put aside, the element is
// restarted, or the pipeline goes down.

import { ElementError } from '../errors.ts';
import { StreamBuffer } from '../stream/buffer.ts';
import { gapOf } from '../stream/event.ts';
import { combineFlow, type Flow, type FlowReturn } from '../stream/flow-return.ts';
import type { Element } from './element.ts';
import { releaseOutput, wrongFlow, wrongOutput } from './hook-output.ts';
import type { SinkPad } from './pad.ts';

export class Faults {
  private readonly element: Element;
  /** How often hooks have failed on a buffer that is to be tried again. */
  private readonly failures = new WeakMap<StreamBuffer, number>();

  constructor(element: Element) {
    this.element = element;
  }

  /** Whether a fault costs a buffer rather than the pipeline. */
  get areBorne(): boolean {
    const { onError = 'fail' } = this.element.description;
    return onError !== 'fail';
  }

  /** @param incarnation Of the hooks whose fault it is; those that have been replaced already are not restarted for it. */
  fault(pad: SinkPad | undefined, buffer: StreamBuffer | undefined, thrown: unknown, incarnation = this.element.life.incarnation): Flow {
    const { name, description, life, statistics, context, restarts } = this.element;
    const error = ElementError.from(name, thrown);
    if (buffer === undefined) return this.fail(pad, error);
    if (!this.areBorne) {
      statistics.drop('error');
      buffer.release();
      return this.fail(pad, error);
    }
    if (pad !== undefined) {
      const parts = this.partsOf(buffer);
      if (parts !== undefined) return this.apart(pad, buffer, parts);
    }
    const failures = (this.failures.get(buffer) ?? 0) + 1;
    const isDue = description.onError === 'restart' && incarnation === life.incarnation && !context.signal.aborted;
    if (pad === undefined || failures >= (description.quarantine?.attempts ?? 1)) {
      const flow = this.setAside(buffer, error, failures);
      if (!isDue) return flow;
      const restarted = restarts.restart(error);
      return flow instanceof Promise ? flow.then(() => restarted) : restarted;
    }
    this.failures.set(buffer, failures);
    return isDue ? restarts.restart(error).then((flow) => this.again(pad, buffer, flow)) : this.again(pad, buffer, 'ok');
  }

  /** Tries the buffers of a batch that failed one by one: it is one of them that has to go, seldom all. */
  single(pad: SinkPad, buffer: StreamBuffer): Flow {
    return this.again(pad, buffer, 'ok');
  }

  /** Takes the pipeline down, or the edit that is adding the element. */
  fail(pad: SinkPad | undefined, error: ElementError): FlowReturn {
    const { host } = this.element;
    const flow = host.isComing?.(this.element) === true ? 'not-linked' : 'error';
    pad?.close(flow);
    host.fail(error);
    return flow;
  }

  /** A source has come to a bad end: what it gave until then is worked off before the pipeline goes down. */
  endWith(error: ElementError): void {
    this.element.host.fail(error, true);
  }

  /** Calls a hook that says nothing of buffers; a fault of it takes the pipeline down. */
  guard(pad: SinkPad, hook: () => Flow): Flow {
    const failed = (error: unknown): Flow => this.fault(pad, undefined, error);
    const answered = (flow: FlowReturn): Flow => {
      const wrong = wrongFlow(this.element.name, 'gap, event or sourceEnd', flow);
      return wrong === undefined ? flow : failed(wrong);
    };
    try {
      const flow = hook();
      return flow instanceof Promise ? flow.then(answered, failed) : answered(flow);
    } catch (error) {
      return failed(error);
    }
  }

  private again(pad: SinkPad, buffer: StreamBuffer, flow: FlowReturn): Flow {
    const { life, inlet, losses } = this.element;
    if (flow === 'ok' && life.remaking === undefined) return inlet.work(pad, buffer);
    if (flow === 'ok') return life.remaking!.then((made) => this.again(pad, buffer, made));
    losses.drop(buffer, flow);
    return flow;
  }

  /** Counts a buffer, tells of it, and has a gap stand for it. */
  private setAside(buffer: StreamBuffer, error: ElementError, attempts: number): Flow {
    const { host, statistics, life, outlet } = this.element;
    const gap = gapOf(buffer);
    statistics.drop('quarantined');
    host.setAside({ element: this.element, buffer, error, attempts });
    buffer.release();
    return life.hooks?.chain === undefined ? outlet.forward(gap) : 'ok';
  }

  private partsOf(buffer: StreamBuffer): readonly StreamBuffer[] | undefined {
    const { life, name, notices } = this.element;
    try {
      const parts = life.hooks?.parts?.(buffer);
      if (parts === undefined) return undefined;
      if (!Array.isArray(parts) || !parts.every((one) => one instanceof StreamBuffer)) {
        releaseOutput(parts, [buffer]);
        throw wrongOutput(name, parts, 'parts');
      }
      if (parts.length > 1) return parts;
      releaseOutput(parts, [buffer]);
    } catch (error) {
      // It goes as a whole then, by the fault that it was to be taken apart for.
      notices.warn('element/parts-failed', error);
    }
    return undefined;
  }

  /** Tries the parts of a buffer that holds several items, in order; they count as buffers of their own. */
  private async apart(pad: SinkPad, buffer: StreamBuffer, parts: readonly StreamBuffer[]): Promise<FlowReturn> {
    const { statistics, outlet } = this.element;
    const flows: FlowReturn[] = [];
    for (const part of parts) {
      statistics.received++;
      const before = combineFlow(flows);
      flows.push(await this.again(pad, part, before === 'not-linked' ? 'ok' : before));
    }
    outlet.settled(buffer);
    return combineFlow(flows);
  }
}
