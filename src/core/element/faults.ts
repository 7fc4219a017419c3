// What becomes of a fault of an element's hooks, by the element's policy: the buffer is put aside, the element is restarted, or the
// pipeline goes down.
import type { StreamBuffer } from '../buffer.ts';
import type { Element } from '../element.ts';
import { ElementError } from '../errors.ts';
import { gapOf } from '../event.ts';
import type { Flow, FlowReturn } from '../flow-return.ts';
import type { SinkPad } from '../pad.ts';

export class Faults {
  private readonly element: Element;

  constructor(element: Element) {
    this.element = element;
  }

  /** @param incarnation Of the hooks whose fault it is; those that have been replaced already cost their buffer and no more. */
  fault(pad: SinkPad | undefined, buffer: StreamBuffer | undefined, thrown: unknown, incarnation = this.element.life.incarnation): Flow {
    const { name, description, life, host, outlet, restarts, statistics, context } = this.element;
    const error = ElementError.from(name, thrown);
    const policy = description.onError ?? 'fail';
    if (buffer !== undefined) {
      const { source, pts } = buffer;
      const gap = gapOf(buffer);
      statistics.drop('error');
      buffer.release();
      if (policy !== 'fail') {
        host.post({ type: 'quarantine', element: name, source, pts, error });
        const flow = life.hooks?.chain === undefined ? outlet.forward(gap) : 'ok';
        if (policy === 'skip' || incarnation !== life.incarnation || context.signal.aborted) return flow;
        const restarted = restarts.restart(error);
        return flow instanceof Promise ? flow.then(() => restarted) : restarted;
      }
    }
    return this.fail(pad, error);
  }

  /** Takes the pipeline down. */
  fail(pad: SinkPad | undefined, error: ElementError): FlowReturn {
    pad?.close('error');
    this.element.host.fail(error);
    return 'error';
  }

  /** A source has come to a bad end: what it gave until then is worked off before the pipeline goes down. */
  endWith(error: ElementError): void {
    this.element.host.fail(error, true);
  }

  /** Calls a hook that says nothing of buffers; a fault of it takes the pipeline down. */
  guard(pad: SinkPad, hook: () => Flow): Flow {
    try {
      const flow = hook();
      return flow instanceof Promise ? flow.catch((error: unknown) => this.fault(pad, undefined, error)) : flow;
    } catch (error) {
      return this.fault(pad, undefined, error);
    }
  }
}
