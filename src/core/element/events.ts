// What an element makes of the events that come to its sink pads.
import type { Element } from '../element.ts';
import type { GapEvent, StreamEvent } from '../event.ts';
import type { Flow, FlowReturn } from '../flow-return.ts';
import type { SinkPad } from '../pad.ts';
import { CapsChange } from './caps-change.ts';

export class Events {
  private readonly element: Element;
  private readonly capsChange: CapsChange;

  constructor(element: Element) {
    this.element = element;
    this.capsChange = new CapsChange(element);
  }

  handle(pad: SinkPad, event: StreamEvent): Flow {
    const { life, inlet, outlet } = this.element;
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
        return outlet.forward(event);
      default:
        return outlet.forward(event);
    }
  }

  /** Hands a gap on: to the hook that there is for it, or downstream. */
  pass(pad: SinkPad, gap: GapEvent): Flow {
    const { life, faults, outlet } = this.element;
    if (life.hooks?.gap !== undefined) return faults.guard(pad, () => life.hooks!.gap!(pad.name, gap.pts + gap.duration, gap));
    return life.hooks?.chain === undefined ? outlet.forward(gap) : 'ok';
  }

  /** What comes back goes no further, or it would go round for ever; only gaps and the end say something. */
  private feedback(pad: SinkPad, event: StreamEvent): Flow {
    const { life, faults } = this.element;
    if (event.type === 'caps') pad.caps = event.caps;
    if (event.type === 'gap') return faults.guard(pad, () => life.hooks?.gap?.(pad.name, event.pts + event.duration, event) ?? 'ok');
    if (event.type !== 'eos') return 'ok';
    return faults.guard(pad, () => {
      life.hooks?.ended?.(pad.name);
      return 'ok';
    });
  }

  private eos(pad: SinkPad): Flow {
    const { life, faults, sinkPads } = this.element;
    try {
      life.hooks?.ended?.(pad.name);
    } catch (error) {
      return faults.fault(pad, undefined, error);
    }
    for (const other of sinkPads.values()) if (other.peer !== undefined && !other.hasEnded && other.template.feedback !== true) return 'ok';
    return this.conclude();
  }

  private async conclude(): Promise<FlowReturn> {
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
