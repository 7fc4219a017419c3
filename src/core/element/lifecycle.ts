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
import { tellHook } from './tell-hook.ts';

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
  /** Whether the hooks that it had last take changed props. */
  private takesChanges = false;
  /** Props have changed while there were no hooks to take them. */
  private isBehind = false;
  private readonly element: Element;

  constructor(element: Element) {
    this.element = element;
  }

  /** Forgets what is known of hooks of an earlier run. */
  reset(): void {
    this.takesChanges = false;
  }

  async open(): Promise<void> {
    const { definition, props, context } = this.element;
    this.isOpen = true;
    this.isBehind = false;
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
    this.takesChanges = hooks.update !== undefined;
    if (!this.isBehind) return;
    this.isBehind = false;
    tellHook(() => this.takeProps(this.element.props), this.updateFailed);
  }

  /**
   * Has what is open take changed props; what is closed takes them when it opens, and hooks that are being made anew as soon as they are
   * there.
   *
   * @throws ElementError `element/not-changeable` when it is too late for a change.
   */
  update(props: unknown, names: readonly string[]): void {
    if (!this.isOpen) return;
    const { name, definition } = this.element;
    if (this.hooks === undefined ? !this.takesChanges : this.hooks.update === undefined) {
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
    if (this.hooks === undefined) this.isBehind = true;
    else {
      const told: unknown = this.hooks.update!(props as never);
      if (told instanceof Promise) told.catch(this.updateFailed);
    }
    const { definition, sinkPads } = this.element;
    if (typeof definition.queued !== 'function') return;
    for (const pad of sinkPads.values()) pad.queueTask?.queue.change(queueOptionsOf(pad, props));
  }

  /** Forgets what is held, at once; faults of the hook are told and no more. */
  flush(): void {
    tellHook(
      () => this.hooks?.flush?.(),
      (error) => this.element.notices.warn('element/flush-failed', error),
    );
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

  private readonly updateFailed = (error: unknown): void => this.element.notices.warn('element/update-failed', error);

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
