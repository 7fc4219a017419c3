// Takes caps on a sink pad, in mid-stream too: what was held back leaves first, then everything that depends on caps is made again.
import { type FixedCaps, sameCaps } from '../caps/caps.ts';
import { renegotiate, renegotiateWithSurvey } from '../caps/negotiate.ts';
import type { Flow, FlowReturn } from '../stream/flow-return.ts';
import type { Element } from './element.ts';
import type { SinkPad } from './pad.ts';

export class CapsChange {
  private readonly element: Element;

  constructor(element: Element) {
    this.element = element;
  }

  take(pad: SinkPad, next: FixedCaps): Flow {
    const { life, outlet } = this.element;
    if (life.hooks !== undefined && pad.caps !== undefined && sameCaps(pad.caps, next)) return outlet.announce();
    return this.change(pad, next);
  }

  private async change(pad: SinkPad, next: FixedCaps): Promise<FlowReturn> {
    const { life, faults, outlet, sinkPads } = this.element;
    try {
      if (life.hooks !== undefined) await outlet.drain();
      const settling = this.settle(pad, next);
      const settled = settling instanceof Promise ? await settling : settling;
      life.remaking = undefined;
      if (!settled) return 'ok';
      life.remaking = life.create().then(
        () => 'ok' as const,
        (error: unknown) => faults.fault(pad, undefined, error),
      );
      const made = await life.remaking;
      life.remaking = undefined;
      if (made !== 'ok') return 'not-negotiated';
    } catch (error) {
      life.remaking = undefined;
      await faults.fault(pad, undefined, error);
      return 'not-negotiated';
    }
    for (const other of sinkPads.values()) other.queueTask?.wake();
    return outlet.announce();
  }

  private settle(pad: SinkPad, next: FixedCaps): boolean | Promise<boolean> {
    const { element } = this;
    const surveys = element.definition.negotiate?.survey !== undefined;
    const settling = element.host.settleCaps?.(element, pad, next) ?? (surveys ? renegotiateWithSurvey(element, pad, next) : undefined);
    if (settling === undefined) return renegotiate(element, pad, next);
    // Nothing may be given to the old hooks meanwhile.
    const settled = (): 'ok' => 'ok';
    element.life.remaking = settling.then(settled, settled);
    return settling;
  }
}
