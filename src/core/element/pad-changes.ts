// Changes which pads an element has while it runs. Pads that links ask for come and go; what the element makes of that is the same
// as with a change of caps: what it holds back leaves, unless that outlives its hooks, and the hooks are made anew.
import { type FixedCaps, sameCaps } from '../caps/caps.ts';
import { negotiateSrcPads } from '../caps/negotiate.ts';
import { ElementError, GraphError } from '../errors.ts';
import type { FlowReturn } from '../stream/flow-return.ts';
import type { Element } from './element.ts';
import type { SinkPad, SrcPad } from './pad.ts';

export class PadChanges {
  private readonly element: Element;
  /** Names that pads have had, so that what is still under way for one is not taken for another's. */
  private readonly names = new Set<string>();
  /** What pads carried when its hooks were made. */
  private madeFor: ReadonlyMap<string, FixedCaps | undefined> = new Map();
  /** Its hooks could not be made for the pads it had. */
  private hasFailed = false;

  constructor(element: Element) {
    this.element = element;
  }

  /** Whether a pad of this name is, or was, there. */
  isUsed(name: string): boolean {
    return this.names.has(name);
  }

  attach(pad: SinkPad | SrcPad): void {
    this.names.add(pad.name);
    if (pad.template.direction === 'sink') this.element.sinkPads.set(pad.name, pad as SinkPad);
    else this.element.srcPads.set(pad.name, pad as SrcPad);
  }

  /** Takes a pad out that was made for a link which is no more; those that are always there stay. */
  remove(pad: SinkPad | SrcPad): void {
    if (pad.template.presence !== 'request') return;
    (pad.template.direction === 'sink' ? this.element.sinkPads : this.element.srcPads).delete(pad.name);
  }

  /** Takes a pad out as if it had never been there. */
  withdraw(pad: SinkPad | SrcPad): void {
    this.remove(pad);
    if (pad.template.presence === 'request') this.names.delete(pad.name);
  }

  /** Its hooks are made for the pads that it has now, and for what these carry. */
  noteMade(): void {
    this.madeFor = new Map(this.pads.map(({ name, caps }) => [name, caps]));
  }

  /**
   * Has the element go on with the pads that it has now.
   *
   * @throws GraphError when its src pads cannot be settled, ElementError when it cannot make hooks for these pads. It then has none,
   *   until this is called again.
   */
  async takeEffect(): Promise<void> {
    const { element } = this;
    const { life, outlet, sinkPads, srcPads, definition } = element;
    // What is in another thread goes on there as it is: who is linked to it takes what it gives.
    if (definition.isDouble === true) return;
    while (life.remaking !== undefined) await life.remaking;
    // Without hooks it waits for caps, and makes them when those come.
    if (life.hooks === undefined && !this.hasFailed) return;
    // Nothing comes to it until there is another pad.
    if (!element.isSource && !element.isFed) return;
    const before = new Map<SrcPad, FixedCaps | undefined>([...srcPads.values()].map((pad) => [pad, pad.caps]));
    const remade = (async (): Promise<unknown> => {
      try {
        negotiateSrcPads(element);
        // Who is linked to others, and otherwise as before, goes on as before.
        if (life.hooks !== undefined && this.areAsMade) return undefined;
        // What a source has begun to make is made by the hooks it has.
        while (life.producing !== undefined) await life.producing;
        if (life.hooks !== undefined && definition.holdsInResource !== true) await outlet.drain();
        await life.create();
        this.hasFailed = false;
        return undefined;
      } catch (error) {
        this.hasFailed = life.hooks === undefined;
        for (const [pad, caps] of before) pad.caps = caps;
        return error;
      }
    })();
    // Whatever comes meanwhile waits.
    life.remaking = remade.then((): FlowReturn => 'ok');
    const error = await remade;
    life.remaking = undefined;
    for (const pad of sinkPads.values()) pad.queueTask?.wake();
    if (error !== undefined) throw error instanceof GraphError ? error : ElementError.from(element.name, error);
    for (const pad of srcPads.values()) {
      const old = before.get(pad);
      if (pad.peer === undefined || pad.caps === undefined || (old !== undefined && sameCaps(old, pad.caps))) continue;
      // Events keep their place, whoever waits.
      void pad.pushEvent({ type: 'caps', caps: pad.caps });
    }
  }

  private get pads(): (SinkPad | SrcPad)[] {
    return [...this.element.sinkPads.values(), ...this.element.srcPads.values()];
  }

  /** Whether pads are those that the hooks were made for, and carry the same. */
  private get areAsMade(): boolean {
    const { pads, madeFor } = this;
    const isSame = (one: FixedCaps | undefined, other: FixedCaps | undefined): boolean =>
      one === other || (one !== undefined && other !== undefined && sameCaps(one, other));
    return pads.length === madeFor.size && pads.every(({ name, caps }) => madeFor.has(name) && isSame(caps, madeFor.get(name)));
  }
}
