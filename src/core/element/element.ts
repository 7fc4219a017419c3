// An element of a running graph: what it is, its pads, its counts. What it does is done by its parts, each for one thing.
//
// Hooks may be synchronous or not; on the synchronous path nothing is awaited and nothing allocated. A buffer belongs to the
// element from the moment it is handed over until it is released here or sent on; who writes hooks does neither.

import { type ElementSummary, Statistics } from '../counts/statistics.ts';
import { GraphError } from '../errors.ts';
import type { ElementDescription } from '../graph/graph-description.ts';
import { childPointer } from '../graph/json-pointer.ts';
import { zodIssues } from '../graph/zod-issues.ts';
import type { Clock } from '../time/clock.ts';
import { type SyncOptions, syncOptionsOf } from '../time/sync-options.ts';
import type { Timeline } from '../time/timeline.ts';
import type { AnyElementDefinition, AnyHooks } from './define-element.ts';
import type { ElementContext } from './element-context.ts';
import type { ElementHost } from './element-host.ts';
import { Events } from './events.ts';
import { Faults } from './faults.ts';
import { HookCalls } from './hook-calls.ts';
import { HookTime } from './hook-time.ts';
import { Inlet } from './inlet.ts';
import { Lifecycle } from './lifecycle.ts';
import { Losses } from './losses.ts';
import { Needs } from './needs.ts';
import { Notices } from './notices.ts';
import { Outlet } from './outlet.ts';
import { OutputPools } from './output-pools.ts';
import { SinkPad, SrcPad } from './pad.ts';
import { PadChanges } from './pad-changes.ts';
import { Restarts } from './restarts.ts';
import { TimeLimit } from './time-limit.ts';

export class Element {
  readonly name: string;
  readonly definition: AnyElementDefinition;
  props: unknown;
  /** The props as they were written, changes included. */
  written: Readonly<Record<string, unknown>>;
  readonly description: ElementDescription;
  readonly host: ElementHost;
  context!: ElementContext;
  readonly sinkPads = new Map<string, SinkPad>();
  readonly srcPads = new Map<string, SrcPad>();
  /** Distance from the sources. */
  depth = 0;
  /** Whether some of what passes it comes from a source that cannot be held back. */
  isLive = false;
  statistics = new Statistics();
  /** What has been counted of it in the thread where it really is. */
  reported: ElementSummary | undefined;
  readonly padChanges: PadChanges;
  readonly life: Lifecycle;
  readonly restarts: Restarts;
  readonly faults: Faults;
  readonly notices: Notices;
  readonly losses: Losses;
  readonly needs: Needs;
  readonly hookTime: HookTime;
  readonly limit: TimeLimit;
  readonly calls: HookCalls;
  readonly inlet: Inlet;
  readonly events: Events;
  readonly outlet: Outlet;
  readonly pools = new OutputPools();

  constructor(name: string, definition: AnyElementDefinition, props: unknown, description: ElementDescription, host: ElementHost) {
    this.name = name;
    this.definition = definition;
    this.props = props;
    this.description = description;
    this.written = description.props ?? {};
    this.host = host;
    this.padChanges = new PadChanges(this);
    this.life = new Lifecycle(this);
    this.restarts = new Restarts(this);
    this.faults = new Faults(this);
    this.notices = new Notices(this);
    this.losses = new Losses(this);
    this.needs = new Needs(this);
    this.hookTime = new HookTime(this);
    this.limit = new TimeLimit(this);
    this.calls = new HookCalls(this);
    this.outlet = new Outlet(this);
    this.inlet = new Inlet(this);
    this.events = new Events(this);
    for (const [padName, template] of Object.entries(definition.pads)) {
      if (template.presence === 'always') this.addPad(padName, padName);
    }
  }

  get clock(): Clock {
    return this.host.clock;
  }

  get timeline(): Timeline {
    return this.host.timeline;
  }

  /** The hooks that it has now; undefined until its caps are known. */
  get hooks(): AnyHooks | undefined {
    return this.life.hooks;
  }

  /** What its definition's `open` gave. */
  get resource(): unknown {
    return this.life.resource;
  }

  /** How it keeps to the clock; undefined where it does not. */
  get sync(): SyncOptions | undefined {
    const { sync } = this.definition;
    const own = typeof sync === 'function' ? sync(this.props as never) : sync;
    return syncOptionsOf(this.description.sync ?? own, this.isLive);
  }

  get isSource(): boolean {
    return Object.values(this.definition.pads).every(({ direction }) => direction === 'src');
  }

  /** Nothing leaves it, so that the pipeline has to wait for it. */
  get isTerminal(): boolean {
    for (const pad of this.srcPads.values()) if (pad.peer !== undefined) return false;
    return true;
  }

  /** Whether anything is linked to its sink pads. */
  get isFed(): boolean {
    for (const pad of this.sinkPads.values()) if (pad.peer !== undefined) return true;
    return false;
  }

  /** Whether its hooks are being made anew, so that nothing may be given to them. */
  get isPaused(): boolean {
    return this.life.remaking !== undefined;
  }

  /** What is at work in it now; each resolves when that part is done. */
  get busy(): Promise<unknown>[] {
    const busy: Promise<unknown>[] = this.life.remaking === undefined ? [] : [this.life.remaking];
    for (const pad of this.sinkPads.values()) if (pad.busy !== undefined) busy.push(pad.busy);
    return busy;
  }

  addPad(name: string, templateName: string): SinkPad | SrcPad {
    const template = this.definition.pads[templateName]!;
    if (template.direction === 'sink') {
      const pad = new SinkPad(this, name, template);
      this.padChanges.attach(pad);
      return pad;
    }
    const pad = new SrcPad(this, name, template);
    this.padChanges.attach(pad);
    this.outlet.main ??= pad;
    return pad;
  }

  /** Begins a run: with nothing counted, nothing told and nothing needed yet. */
  async open(): Promise<void> {
    // A trace with gaps would look like a graph that rests.
    this.statistics = new Statistics(this.host.span !== undefined);
    this.reported = undefined;
    this.context = this.host.contextOf(this);
    for (const part of [this.life, this.restarts, this.notices, this.needs, this.inlet, this.events, this.outlet]) part.reset();
    for (const pad of [...this.sinkPads.values(), ...this.srcPads.values()]) pad.begin();
    await this.life.open();
  }

  /**
   * Changes some props, in the running graph where its hooks allow that.
   *
   * @throws GraphError when the values are not valid; ElementError `element/not-changeable` when it is too late for a change.
   */
  setProps(changes: Readonly<Record<string, unknown>>): void {
    const written = { ...this.written, ...changes };
    const parsed = this.definition.props.safeParse(written);
    if (!parsed.success) {
      const path = childPointer(childPointer('/elements', this.name), 'props');
      throw new GraphError(zodIssues(parsed.error, path, Object.keys(this.definition.props.shape)));
    }
    this.life.update(parsed.data, Object.keys(changes));
    this.props = parsed.data;
    this.written = written;
  }
}
