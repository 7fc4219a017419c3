// What an element makes of the events that come to its sink pads.

import type { GapEvent, SourceEndEvent, SourceEvent, StreamEvent } from '../stream/event.ts';
import type { Flow, FlowReturn } from '../stream/flow-return.ts';
import { CapsChange } from './caps-change.ts';
import type { Element } from './element.ts';
import type { SinkPad } from './pad.ts';
import { hasRequestPads } from './pad-template.ts';

export class Events {
  private readonly element: Element;
  private readonly capsChange: CapsChange;
  /** It is being taken out of the graph, and waits for nothing more to be linked to it. */
  private isLeaving = false;
  /** What it holds back is being sent, and the end after it. */
  private isEnding = false;

  constructor(element: Element) {
    this.element = element;
    this.capsChange = new CapsChange(element);
  }

  reset(): void {
    this.isLeaving = false;
    this.isEnding = false;
  }

  handle(pad: SinkPad, event: StreamEvent): Flow {
    const { life, inlet } = this.element;
    if (life.remaking !== undefined) return life.remaking.then(() => this.handle(pad, event));
    if (pad.template.feedback === true) return this.feedback(pad, event);
    switch (event.type) {
      case 'caps':
        return this.capsChange.take(pad, event.caps);
      case 'eos':
        return this.eos(pad);
      case 'gap':
        return this.pass(pad, event);
      case 'segment':
        inlet.segment(event);
        return this.tell(pad, event);
      case 'source-end':
        return this.sourceEnd(pad, event);
      default:
        return this.tell(pad, event);
    }
  }

  /** Says something of a source: to the hook that there is for it, or downstream. */
  private tell(pad: SinkPad, event: SourceEvent): Flow {
    const { life, faults, outlet } = this.element;
    const hook = life.hooks?.event;
    return hook === undefined ? outlet.forward(event) : faults.guard(pad, () => hook(pad.name, event));
  }

  /** Hands a gap on: to the hook that there is for it, or downstream. */
  pass(pad: SinkPad, gap: GapEvent): Flow {
    const { life, faults, outlet } = this.element;
    if (life.hooks?.gap !== undefined) return faults.guard(pad, () => life.hooks!.gap!(pad.name, gap.pts + gap.duration, gap));
    return life.hooks?.chain === undefined ? outlet.forward(gap) : 'ok';
  }

  /** What comes back goes no further, or it would go round for ever; only gaps, and the end of a source or of all, say something. */
  private feedback(pad: SinkPad, event: StreamEvent): Flow {
    const { life, faults } = this.element;
    if (event.type === 'caps') pad.caps = event.caps;
    if (event.type === 'gap') return faults.guard(pad, () => life.hooks?.gap?.(pad.name, event.pts + event.duration, event) ?? 'ok');
    if (event.type === 'source-end') {
      pad.sources.delete(event.source);
      return faults.guard(pad, () => life.hooks?.sourceEnd?.(pad.name, () => 'ok', event) ?? 'ok');
    }
    if (event.type !== 'eos') return 'ok';
    return faults.guard(pad, () => heard(life.hooks?.ended?.(pad.name)));
  }

  private eos(pad: SinkPad): Flow {
    const { life, faults } = this.element;
    const told = faults.guard(pad, () => heard(life.hooks?.ended?.(pad.name)));
    return after(told, () => this.inputEnded(pad));
  }

  private inputEnded(pad: SinkPad): Flow {
    const { definition, host } = this.element;
    for (const [source, epoch] of pad.sources) void this.sourceEnd(pad, { type: 'source-end', source, epoch });
    if (this.areInputsLeft || (hasRequestPads(definition, 'sink') && host.isHeld === true && !this.isLeaving)) return 'ok';
    return this.conclude();
  }

  /** The element is being taken out of the graph: it ends when all that is linked to it has. */
  leave(): void {
    this.isLeaving = true;
    void this.endIfOver();
  }

  /** Comes to the end that it has put off while the pipeline was held open, if nothing has come to it since. */
  async endIfOver(): Promise<void> {
    const { outlet, life } = this.element;
    if (!hasRequestPads(this.element.definition, 'sink') || outlet.hasEnded || this.isEnding) return;
    if (this.areInputsLeft || life.hooks === undefined) return;
    await this.conclude();
  }

  /** A source has ended, and others go on: those downstream hear of it behind the last that came of it. */
  private sourceEnd(pad: SinkPad, event: SourceEndEvent): Flow {
    const { life, faults } = this.element;
    // Somebody has held its end back for so long that it has begun anew meanwhile: that is another end.
    const hasBegunAnew = (pad.sources.get(event.source) ?? event.epoch) > event.epoch;
    if (!hasBegunAnew) pad.sources.delete(event.source);
    const told = faults.guard(pad, () => heard(life.hooks?.sourceEnded?.(pad.name, event)));
    return hasBegunAnew ? told : after(told, () => this.sourceHasEnded(pad, event));
  }

  private sourceHasEnded(pad: SinkPad, event: SourceEndEvent): Flow {
    const { life, faults, outlet, sinkPads, inlet } = this.element;
    for (const { peer, sources, template } of sinkPads.values())
      if (peer !== undefined && template.feedback !== true && sources.has(event.source)) return 'ok';
    inlet.sourceEnded(event.source);
    const pass = (): Flow => {
      // Branches that have ended are no reason to take nothing more.
      const flow = outlet.forward(event);
      return flow instanceof Promise ? flow.then(() => 'ok') : 'ok';
    };
    if (life.hooks?.event !== undefined) return this.tell(pad, event);
    const hook = life.hooks?.sourceEnd;
    return hook === undefined ? pass() : faults.guard(pad, () => hook(pad.name, pass, event));
  }

  private get areInputsLeft(): boolean {
    for (const { peer, hasEnded, template } of this.element.sinkPads.values())
      if (peer !== undefined && !hasEnded && template.feedback !== true) return true;
    return false;
  }

  private async conclude(): Promise<FlowReturn> {
    this.isEnding = true;
    const { life, faults, outlet } = this.element;
    try {
      await outlet.drain();
      await life.hooks?.finish?.();
    } catch (error) {
      return faults.fault(undefined, undefined, error);
    }
    return outlet.end();
  }
}

/** A hook that gives nothing back has heard, at once or later. */
function heard(told: unknown): Flow {
  return told instanceof Promise ? told.then(() => 'ok') : 'ok';
}

function after(flow: Flow, next: () => Flow): Flow {
  if (flow instanceof Promise) return flow.then((result) => after(result, next));
  return flow === 'ok' ? next() : flow;
}
