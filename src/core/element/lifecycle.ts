// Opens an element and closes it, and makes its hooks for the caps that its pads have. What `open` gave outlives a change of caps;
// the hooks and the pool of what they make do not.
import type { Pool } from '../../memory/pool.ts';
import type { FixedCaps } from '../caps/caps.ts';
import { ElementError } from '../errors.ts';
import { queueOptionsOf } from '../queue/plan-queues.ts';
import type { FlowReturn } from '../stream/flow-return.ts';
import { checkHooks } from './check-hooks.ts';
import type { AnyHooks } from './define-element.ts';
import type { Element } from './element.ts';

export class Lifecycle {
  resource: unknown;
  hooks: AnyHooks | undefined;
  /** The hooks where all they do is to make of one buffer another without a slab of their own: the most frequent case. */
  plain: AnyHooks | undefined;
  /** Where the slabs come from that a transform writes to; undefined where it wants none. */
  pool: Pool | undefined;
  /** Counts how often the hooks have been made, so that a fault of earlier hooks is known as such. */
  incarnation = 0;
  /** The hooks are being made anew; what it comes to. Nothing may be given to them meanwhile. */
  remaking: Promise<FlowReturn> | undefined;
  /** What a source's hook is at work on; resolves whatever comes of it. */
  producing: Promise<void> | undefined;
  isOpen = false;
  private readonly element: Element;

  constructor(element: Element) {
    this.element = element;
  }

  async open(): Promise<void> {
    const { definition, props, context } = this.element;
    this.isOpen = true;
    this.producing = undefined;
    this.resource = await definition.open?.({ props: props as never, context });
    // Nobody waits any more for what has opened too late.
    if (context.signal.aborted) await this.closeResource();
    else this.element.host.resourceChanged?.(this.element);
  }

  /** Makes the hooks for the caps that the pads have now. */
  async create(): Promise<void> {
    await this.closeHooks();
    const { definition, props, context, sinkPads, srcPads } = this.element;
    const caps: Record<string, FixedCaps> = {};
    for (const pad of [...sinkPads.values(), ...srcPads.values()]) if (pad.caps !== undefined) caps[pad.name] = pad.caps;
    const hooks = await definition.create({ props: props as never, resource: this.resource as never, caps, context });
    checkHooks(this.element, hooks);
    this.hooks = hooks;
    this.plain = isPlain(hooks) ? hooks : undefined;
    this.incarnation++;
    this.element.padChanges.noteMade();
    const { outputBytes } = this.hooks;
    if (outputBytes !== undefined) this.pool = context.pool({ slabBytes: outputBytes, spare: this.ownCapacity });
  }

  /**
   * Has what is open take changed props; what is closed takes them when it opens.
   *
   * @throws ElementError `element/not-changeable` when it is too late for a change.
   */
  update(props: unknown, names: readonly string[]): void {
    if (!this.isOpen) return;
    const { name, definition } = this.element;
    if (this.hooks?.update === undefined) {
      const text = `Cannot change ${names.join(' and ')} of ${name} now: a ${definition.name} takes its properties when it is opened; close the pipeline first`;
      throw new ElementError(name, 'element/not-changeable', text);
    }
    try {
      this.takeProps(props);
    } catch (error) {
      throw ElementError.from(name, error);
    }
  }

  /** Has the hooks, and the queues that depend on props, take changed ones. */
  takeProps(props: unknown): void {
    this.hooks!.update!(props as never);
    const { definition, sinkPads } = this.element;
    if (typeof definition.queued !== 'function') return;
    for (const pad of sinkPads.values()) pad.queueTask?.queue.change(queueOptionsOf(pad, props));
  }

  /** Forgets what is held, at once; faults of the hook are told and no more. */
  flush(): void {
    try {
      this.hooks?.flush?.();
    } catch (error) {
      this.element.notices.warn('element/flush-failed', error);
    }
  }

  async close(): Promise<void> {
    try {
      await this.closeHooks();
    } finally {
      await this.closeResource();
    }
  }

  private async closeHooks(): Promise<void> {
    const { hooks, pool } = this;
    this.hooks = undefined;
    this.plain = undefined;
    this.pool = undefined;
    try {
      await hooks?.close?.();
    } finally {
      pool?.close();
    }
  }

  private async closeResource(): Promise<void> {
    const { resource } = this;
    this.isOpen = false;
    this.resource = undefined;
    this.element.host.resourceChanged?.(this.element);
    if (resource !== undefined) await this.element.definition.close?.(resource as never);
  }

  /** How many buffers may be at work inside the element. */
  private get ownCapacity(): number {
    let capacity = 1;
    for (const { queueTask } of this.element.sinkPads.values())
      if (queueTask !== undefined) capacity = Math.max(capacity, queueTask.capacity);
    return capacity;
  }
}

function isPlain({ chain, render, transform, outputBytes }: AnyHooks): boolean {
  return transform !== undefined && chain === undefined && render === undefined && outputBytes === undefined;
}
