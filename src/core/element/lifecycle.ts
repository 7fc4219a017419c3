// Opens an element and closes it, and makes its hooks for the caps that its pads have. What `open` gave outlives a change of caps;
// the hooks and the pool of what they make do not.
import type { Pool } from '../../memory/pool.ts';
import type { FixedCaps } from '../caps/caps.ts';
import { AbortedError, ElementError } from '../errors.ts';
import { queueOptionsOf } from '../queue/plan-queues.ts';
import type { FlowReturn } from '../stream/flow-return.ts';
import { checkHooks } from './check-hooks.ts';
import type { AnyHooks } from './define-element.ts';
import type { Element } from './element.ts';
import { tellHook } from './tell-hook.ts';

/** What `open` gave, from when it was called until that has been given back; another may have come after it by then. */
interface Opened {
  resource: unknown;
  isGone: boolean;
}

export class Lifecycle {
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
  private opened: Opened | undefined;
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

  get isOpen(): boolean {
    return this.opened !== undefined;
  }

  /** What `open` gave. */
  get resource(): unknown {
    return this.opened?.resource;
  }

  async open(): Promise<void> {
    const { definition, props, context } = this.element;
    const opened: Opened = { resource: undefined, isGone: false };
    this.opened = opened;
    this.isBehind = false;
    this.producing = undefined;
    opened.resource = await definition.open?.({ props: props as never, context });
    // Nobody waits any more for what has opened too late.
    if (opened.isGone) await this.closeResource(opened.resource);
    else if (context.signal.aborted) await this.giveBack(opened);
    else this.element.host.resourceChanged?.(this.element);
  }

  /** Makes the hooks for the caps that the pads have now. */
  async create(): Promise<void> {
    await this.closeHooks();
    const { opened } = this;
    const { definition, props, context, sinkPads, srcPads } = this.element;
    const caps: Record<string, FixedCaps> = {};
    for (const pad of [...sinkPads.values(), ...srcPads.values()]) if (pad.caps !== undefined) caps[pad.name] = pad.caps;
    const hooks = await definition.create({ props: props as never, resource: this.resource as never, caps, context });
    if (this.opened !== opened) {
      await hooks?.close?.();
      throw new AbortedError(`${this.element.name} was closed while its hooks were being made`);
    }
    this.hooks = hooks;
    checkHooks(this.element, hooks);
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
    const { opened } = this;
    try {
      await this.closeHooks();
    } finally {
      if (opened !== undefined) await this.giveBack(opened);
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

  /** Gives back what was opened, once, even if that has been opened anew meanwhile. */
  private async giveBack(opened: Opened): Promise<void> {
    if (opened.isGone) return;
    opened.isGone = true;
    if (this.opened === opened) {
      this.opened = undefined;
      this.element.host.resourceChanged?.(this.element);
    }
    await this.closeResource(opened.resource);
  }

  private async closeResource(resource: unknown): Promise<void> {
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
