// What leaves an element: what its hooks made of a buffer, gaps where they made nothing, events, and the end.
import { StreamBuffer } from '../stream/buffer.ts';
import { EOS, gapOf, type StreamEvent } from '../stream/event.ts';
import { type Flow, type FlowReturn, joinFlows } from '../stream/flow-return.ts';
import type { Output } from './define-element.ts';
import type { Element } from './element.ts';
import { RENDERED } from './hook-calls.ts';
import { releaseOutput, wrongOutput } from './hook-output.ts';
import type { SinkPad, SrcPad } from './pad.ts';

export class Outlet {
  /** The src pad of an element that has just one. */
  main: SrcPad | undefined;
  private readonly element: Element;
  hasEnded = false;

  constructor(element: Element) {
    this.element = element;
  }

  reset(): void {
    this.hasEnded = false;
  }

  /** Sends a buffer out of the src pad of an element that has just one. */
  send(buffer: StreamBuffer): Flow {
    return this.main!.push(buffer);
  }

  /** Sends an event out of every linked src pad. */
  forward(event: StreamEvent): Flow {
    const flows: Flow[] = [];
    for (const pad of this.element.srcPads.values()) if (pad.peer !== undefined) flows.push(pad.pushEvent(event));
    return joinFlows(flows);
  }

  /** Sends on what a transform made of a buffer. */
  emit(pad: SinkPad, input: StreamBuffer, output: Output): Flow {
    const { statistics } = this.element;
    if (statistics.takesAge) this.takeAge(input);
    if (output instanceof StreamBuffer) {
      statistics.handled++;
      if (output !== input) input.release();
      return this.main!.push(output);
    }
    if (output === RENDERED) {
      this.settled(input);
      return 'ok';
    }
    if (output === undefined || (Array.isArray(output) && output.length === 0)) return this.swallow(input);
    if (!Array.isArray(output) || !output.every((one) => one instanceof StreamBuffer)) {
      if (Array.isArray(output)) releaseOutput(output, [input]);
      const wrong = Array.isArray(output) ? output.find((one) => !(one instanceof StreamBuffer)) : output;
      return this.element.faults.fault(pad, input, wrongOutput(this.element.name, wrong));
    }
    statistics.handled++;
    const several = output as readonly StreamBuffer[];
    // A buffer that stands in the list twice leaves twice.
    for (const [index, one] of several.entries()) if (several.indexOf(one) < index) one.retain();
    if (!several.includes(input)) input.release();
    let flow = 'ok' as Flow;
    for (const one of several) flow = flow instanceof Promise ? flow.then(() => this.send(one)) : this.send(one);
    return flow;
  }

  /** A sink has done with a buffer. */
  rendered(buffer: StreamBuffer): FlowReturn {
    if (this.element.statistics.takesAge) this.takeAge(buffer);
    this.settled(buffer);
    return 'ok';
  }

  /** Counts a buffer as handled, and lets it go. */
  settled(buffer: StreamBuffer): void {
    this.element.statistics.handled++;
    buffer.release();
  }

  /** Sends what the hooks still hold. */
  async drain(): Promise<void> {
    const { life, name } = this.element;
    const held = (await life.hooks?.drain?.()) ?? [];
    if (!Array.isArray(held) || !held.every((one) => one instanceof StreamBuffer)) {
      releaseOutput(held, []);
      throw wrongOutput(name, held, 'drain');
    }
    for (const buffer of held) await this.send(buffer);
  }

  /** Tells what is linked of the caps that have been settled. */
  announce(): Flow {
    const flows: Flow[] = [];
    for (const pad of this.element.srcPads.values()) {
      if (pad.peer !== undefined && pad.caps !== undefined) flows.push(pad.pushEvent({ type: 'caps', caps: pad.caps }));
      else if (pad.isAbsent) flows.push(this.endAbsent(pad));
    }
    return joinFlows(flows);
  }

  /** Ends what is linked to a pad that has no stream. */
  endAbsent(pad: SrcPad): Flow {
    const { host, name } = this.element;
    const text = `${name} has no stream for ${pad.path}; what is linked to it ends at once`;
    host.post({ type: 'info', element: name, code: 'element/no-stream', text });
    return pad.pushEvent(EOS);
  }

  /** Ends every src pad; where there is none the element has come to its own end. */
  end(): Flow {
    // Who has been given up has ended before the stream that came to it does.
    if (this.hasEnded) return 'eos';
    this.hasEnded = true;
    if (this.element.isTerminal) this.element.host.ended(this.element);
    return this.forward(EOS);
  }

  /** A transform has made nothing of a buffer. An element that drains holds it back; from any other it is gone for good. */
  private swallow(input: StreamBuffer): Flow {
    const { hooks } = this.element.life;
    if (hooks?.drain !== undefined) {
      this.settled(input);
      return 'ok';
    }
    const gap = gapOf(input);
    this.element.statistics.drop(hooks?.dropCause ?? 'filtered');
    input.release();
    return this.forward(gap);
  }

  private takeAge(buffer: StreamBuffer): void {
    const { statistics, clock } = this.element;
    statistics.age.add(clock.now() - buffer.bornAt);
  }
}
