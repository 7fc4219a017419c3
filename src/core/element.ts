// An element of a running graph: its pads, its counts, and the calls of its hooks.
//
// Hooks may be synchronous or not; on the synchronous path nothing is awaited and nothing allocated. A buffer belongs to the
// element from the moment it is handed over until it is released here or sent on; who writes hooks does neither.
import { Pool } from '../memory/pool.ts';
import type { Slab } from '../memory/slab.ts';
import { AwayTime } from './away-time.ts';
import { StreamBuffer } from './buffer.ts';
import { type FixedCaps, sameCaps } from './caps.ts';
import type { Clock } from './clock.ts';
import type { AnyElementDefinition, AnyHooks, Output } from './define-element.ts';
import type { ElementContext } from './element-context.ts';
import { ElementError, GraphError } from './errors.ts';
import { EOS, type GapEvent, type StreamEvent } from './event.ts';
import { combineFlow, type Flow, type FlowReturn } from './flow-return.ts';
import type { ElementDescription } from './graph-description.ts';
import { childPointer } from './json-pointer.ts';
import type { Message } from './message.ts';
import { type Need, sharedNeed } from './need.ts';
import { negotiateSrcPads, renegotiate } from './negotiate.ts';
import { SinkPad, SrcPad } from './pad.ts';
import { queueOptionsOf } from './plan-queues.ts';
import type { Queue } from './queue.ts';
import { type RestartOptions, RestartPolicy } from './restart-policy.ts';
import { type DropCause, type ElementSummary, Statistics } from './statistics.ts';
import { type Arrival, SyncGate } from './sync-gate.ts';
import { type SyncOptions, syncOptionsOf } from './sync-options.ts';
import { formatDuration, type Microseconds } from './time.ts';
import type { Timeline } from './timeline.ts';
import { zodIssues } from './zod-issues.ts';

/** What a run of a hook came to: one output per input, or a fault of the hooks of a certain `incarnation`. */
export type RunResult = { readonly outputs: readonly Output[] } | { readonly fault: unknown; readonly incarnation: number };

/** What an element asks of the pipeline it is in. */
export interface ElementHost {
  readonly clock: Clock;
  /** Chance, from 0 up to 1. Default: `Math.random`. */
  readonly random?: () => number;
  readonly timeline: Timeline;
  /** A fault that the element's policy does not absorb; the pipeline goes down, if so said once everything under way is worked off. */
  fail(error: ElementError, afterDraining?: boolean): void;
  post(message: Message): void;
  /** Its last byte is durable. */
  ended(element: Element): void;
  contextOf(element: Element): ElementContext;
  /**
   * Settles what follows from new caps on a sink pad, or, without a pad, anew what a source gives; for elements whose neighbours
   * are in another thread. False when other sink pads have no caps yet.
   */
  settleCaps?(element: Element, pad?: SinkPad, caps?: FixedCaps): Promise<boolean>;
  span?(element: Element, start: number, end: number, size: number): void;
}

export class Element {
  readonly name: string;
  readonly definition: AnyElementDefinition;
  props: unknown;
  /** The props as they were written, changes included. */
  written: Readonly<Record<string, unknown>>;
  readonly description: ElementDescription;
  statistics = new Statistics();
  readonly sinkPads = new Map<string, SinkPad>();
  readonly srcPads = new Map<string, SrcPad>();
  /** Distance from the sources. */
  depth = 0;
  /** Whether some of what passes it comes from a source that cannot be held back. */
  isLive = false;
  resource: unknown;
  hooks: AnyHooks | undefined;
  context!: ElementContext;
  readonly away: AwayTime;
  /** What has been counted of it in the thread where it really is. */
  reported: ElementSummary | undefined;
  private isOpen = false;
  private readonly host: ElementHost;
  private pool: Pool | undefined;
  private mainSrc: SrcPad | undefined;
  private readonly notes = new Map<string, { since: number; count: number }>();
  /** Counts how often the hooks have been made, so that a fault of earlier hooks is known as such. */
  private incarnation = 0;
  /** The hooks are being made anew; what it comes to. */
  private remaking: Promise<FlowReturn> | undefined;
  private restarts: RestartPolicy | undefined;
  /** What downstream needs of each source; undefined while it needs everything. */
  private needs: Map<string, Need> | undefined;
  /** Set while it keeps to the clock. */
  private gate: SyncGate | undefined;
  private cancelRestart: (() => void) | undefined;

  constructor(name: string, definition: AnyElementDefinition, props: unknown, description: ElementDescription, host: ElementHost) {
    this.name = name;
    this.definition = definition;
    this.props = props;
    this.description = description;
    this.written = description.props ?? {};
    this.host = host;
    this.away = new AwayTime(host.clock);
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

  addPad(name: string, templateName: string): SinkPad | SrcPad {
    const template = this.definition.pads[templateName]!;
    if (template.direction === 'sink') {
      const pad = new SinkPad(this, name, template);
      this.sinkPads.set(name, pad);
      return pad;
    }
    const pad = new SrcPad(this, name, template);
    this.srcPads.set(name, pad);
    this.mainSrc ??= pad;
    return pad;
  }

  /** Whether its hooks are being made anew, so that nothing may be given to them. */
  get isPaused(): boolean {
    return this.remaking !== undefined;
  }

  /** What is at work in it now; each resolves when that part is done. */
  get busy(): Promise<unknown>[] {
    const busy: Promise<unknown>[] = this.remaking === undefined ? [] : [this.remaking];
    for (const pad of this.sinkPads.values()) if (pad.busy !== undefined) busy.push(pad.busy);
    return busy;
  }

  async open(): Promise<void> {
    // A trace with gaps would look like a graph that rests.
    this.statistics = new Statistics(this.host.span !== undefined);
    this.reported = undefined;
    this.restarts = undefined;
    this.notes.clear();
    this.needs = undefined;
    this.context = this.host.contextOf(this);
    const { sync } = this;
    this.gate = sync === undefined ? undefined : new SyncGate(sync, this.host.timeline, this.context.signal);
    await this.openResource();
  }

  /** Makes the hooks for the caps that the pads have now. */
  async create(): Promise<void> {
    await this.closeHooks();
    const caps: Record<string, FixedCaps> = {};
    for (const pad of [...this.sinkPads.values(), ...this.srcPads.values()]) if (pad.caps !== undefined) caps[pad.name] = pad.caps;
    const hooks = await this.definition.create({
      props: this.props as never,
      resource: this.resource as never,
      caps,
      context: this.context,
    });
    this.hooks = hooks as AnyHooks;
    this.incarnation++;
    if (this.hooks.outputBytes !== undefined) {
      this.pool = Pool.create(this.context.arena, {
        name: this.name,
        slabBytes: this.hooks.outputBytes,
        limit: this.context.downstreamCapacity + this.ownCapacity,
      });
    }
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
    if (this.isOpen) this.update(parsed.data, Object.keys(changes));
    this.props = parsed.data;
    this.written = written;
  }

  private update(props: unknown, names: readonly string[]): void {
    const { hooks, name, definition } = this;
    if (hooks?.update === undefined) {
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
    if (typeof this.definition.queued !== 'function') return;
    for (const pad of this.sinkPads.values()) pad.queueTask?.queue.change(queueOptionsOf(pad, props));
  }

  async close(): Promise<void> {
    try {
      await this.closeHooks();
    } finally {
      await this.closeResource();
    }
  }

  /** Forgets what is held, at once; faults of the hook are told and no more. */
  flush(): void {
    try {
      this.hooks?.flush?.();
    } catch (error) {
      this.warn('element/flush-failed', error);
    }
  }

  /** Gives up waiting to be restarted. */
  cancel(): void {
    this.cancelRestart?.();
  }

  private async openResource(): Promise<void> {
    const { signal } = this.context;
    this.isOpen = true;
    this.resource = await this.definition.open?.({ props: this.props as never, context: this.context });
    // Nobody waits any more for what has opened too late.
    if (signal.aborted) await this.closeResource();
  }

  private async closeResource(): Promise<void> {
    const { resource } = this;
    this.isOpen = false;
    this.resource = undefined;
    if (resource !== undefined) await this.definition.close?.(resource as never);
  }

  private async closeHooks(): Promise<void> {
    const { hooks, pool } = this;
    this.hooks = undefined;
    this.pool = undefined;
    try {
      await hooks?.close?.();
    } finally {
      pool?.close();
    }
  }

  /** How many buffers may be at work inside it. */
  private get ownCapacity(): number {
    let capacity = 1;
    for (const { queueTask } of this.sinkPads.values()) if (queueTask !== undefined) capacity = Math.max(capacity, queueTask.capacity);
    return capacity;
  }

  /** Has the hook work on a buffer, when its time has come where the element keeps to the clock, and sends on what comes of it. */
  handle(pad: SinkPad, buffer: StreamBuffer): Flow {
    if (this.gate === undefined) return this.work(pad, buffer);
    const arrival = this.gate.pass(buffer);
    return arrival instanceof Promise ? arrival.then((one) => this.arrived(pad, buffer, one)) : this.arrived(pad, buffer, arrival);
  }

  private arrived(pad: SinkPad, buffer: StreamBuffer, arrival: Arrival): Flow {
    if (arrival === 'now') return this.work(pad, buffer);
    if (arrival === 'late') {
      const { jitter } = this.gate!;
      if (this.note('qos', 1) > 0) {
        const { handled, dropped } = this.statistics;
        const late = (dropped.get('late') ?? 0) + 1;
        this.host.post({ type: 'qos', element: this.name, source: buffer.source, jitter, processed: handled, late });
      }
      pad.peer?.hearNeed({ source: buffer.source, epoch: buffer.epoch, pts: this.gate!.earliestAfter(buffer) });
    }
    const gap = gapOf(buffer);
    this.drop(buffer, arrival);
    return arrival === 'flushing' ? arrival : this.pass(pad, gap);
  }

  /** Whether nobody downstream has a use for a buffer any more, nor the element itself. */
  isUnneeded(buffer: StreamBuffer): boolean {
    return this.needs !== undefined && this.definition.memoryless === true && buffer.pts < this.neededFrom(buffer.source, buffer.epoch);
  }

  neededFrom(source: string, epoch: number): Microseconds {
    const need = this.needs?.get(source);
    return need === undefined || need.epoch !== epoch ? Number.NEGATIVE_INFINITY : need.pts;
  }

  /** Leaves out the work on a buffer; returns the gap that stands for it. */
  skip(buffer: StreamBuffer): GapEvent {
    const gap = gapOf(buffer);
    this.drop(buffer, 'skipped');
    return gap;
  }

  /** Somebody downstream has said what it needs of a source. */
  needsChanged(source: string): void {
    const linked = [...this.srcPads.values()].filter(({ peer }) => peer !== undefined);
    const need = sharedNeed(linked.map((pad) => pad.needOf(source)));
    if (need === undefined) {
      this.needs?.delete(source);
      return;
    }
    this.needs ??= new Map();
    this.needs.set(source, need);
    if (this.definition.memoryless === true) this.tellUpstream(need);
  }

  tellUpstream(need: Need): void {
    for (const { peer } of this.sinkPads.values()) peer?.hearNeed(need);
  }

  private work(pad: SinkPad, buffer: StreamBuffer): Flow {
    if (this.isUnneeded(buffer)) return this.pass(pad, this.skip(buffer));
    const { hooks } = this;
    if (hooks === undefined) return this.handleWithoutHooks(pad, buffer);
    if (hooks.chain !== undefined) return this.chain(pad, buffer, hooks.chain);
    if (hooks.render !== undefined) return this.render(pad, buffer, hooks);
    if (hooks.transform === undefined) {
      const result = this.start([buffer]);
      return result instanceof Promise ? result.then((run) => this.finish(pad, [buffer], run)) : this.finish(pad, [buffer], result);
    }
    const { incarnation } = this;
    // The straight way for the most frequent case: one synchronous transform.
    let output: Output | Promise<Output>;
    try {
      output = this.transform(hooks, buffer);
    } catch (error) {
      return this.fault(pad, buffer, error);
    }
    if (!(output instanceof Promise)) return this.emit(pad, buffer, output);
    return output.then(
      (value) => this.emit(pad, buffer, value),
      (error: unknown) => this.fault(pad, buffer, error, incarnation),
    );
  }

  /** Begins a run on one buffer or on a batch; never throws and never rejects. */
  start(inputs: readonly StreamBuffer[], slots = inputs.length): RunResult | Promise<RunResult> {
    const { incarnation } = this;
    try {
      const outputs = this.call(inputs, slots);
      if (outputs instanceof Promise)
        return outputs.then(
          (value) => ({ outputs: value }),
          (fault: unknown) => ({ fault, incarnation }),
        );
      return { outputs };
    } catch (fault) {
      return { fault, incarnation };
    }
  }

  /** Sends on the outputs of a run, in order. */
  finish(pad: SinkPad, inputs: readonly StreamBuffer[], result: RunResult): Flow {
    let flow = 'ok' as Flow;
    for (const [index, input] of inputs.entries()) {
      const one = (): Flow =>
        'fault' in result ? this.fault(pad, input, result.fault, result.incarnation) : this.emit(pad, input, result.outputs[index]);
      flow = flow instanceof Promise ? flow.then(one) : one();
    }
    return flow;
  }

  handleEvent(pad: SinkPad, event: StreamEvent): Flow {
    if (this.remaking !== undefined) return this.remaking.then(() => this.handleEvent(pad, event));
    if (pad.template.feedback === true) return this.handleFeedback(pad, event);
    switch (event.type) {
      case 'caps':
        return this.handleCaps(pad, event.caps);
      case 'eos':
        return this.handleEos(pad);
      case 'gap':
        return this.pass(pad, event);
      case 'segment':
        this.gate?.segment(event);
        return this.forward(event);
      default:
        return this.forward(event);
    }
  }

  /** Hands a gap on: to the hook that there is for it, or downstream. */
  private pass(pad: SinkPad, gap: GapEvent): Flow {
    if (this.hooks?.gap !== undefined) return this.guard(pad, () => this.hooks!.gap!(pad.name, gap.pts + gap.duration, gap));
    return this.hooks?.chain === undefined ? this.forward(gap) : 'ok';
  }

  /** Sends a buffer out of the src pad of an element that has just one. */
  send(buffer: StreamBuffer): Flow {
    return this.mainSrc!.push(buffer);
  }

  /** Sends an event out of every linked src pad. */
  forward(event: StreamEvent): Flow {
    const flows: Flow[] = [];
    for (const pad of this.srcPads.values()) if (pad.peer !== undefined) flows.push(pad.pushEvent(event));
    return joinFlows(flows);
  }

  /** How long a buffer is, by what the hooks say. */
  lengthOf(buffer: StreamBuffer): number {
    return this.hooks?.lengthOf?.(buffer) ?? 0;
  }

  waited(buffer: StreamBuffer): void {
    this.statistics.waiting.add(this.clock.now() - buffer.queuedAt);
  }

  /** Counts a buffer that goes no further, and lets it go. */
  drop(buffer: StreamBuffer, cause: DropCause): void {
    this.statistics.drop(cause);
    buffer.release();
    if (cause === 'filtered' || cause === 'flushing' || cause === 'eos') return;
    this.dropped(cause, 1);
  }

  /** Tells of buffers that were dropped, once a second at most. */
  dropped(cause: DropCause, count: number): void {
    const total = this.note(`dropped ${cause}`, count);
    if (total > 0) this.host.post({ type: 'dropped', element: this.name, cause, count: total });
  }

  /** A source has failed to give a buffer, and goes on. */
  skipped(error: ElementError): void {
    this.statistics.received++;
    this.statistics.drop('error');
    this.host.post({ type: 'quarantine', element: this.name, source: this.name, pts: 0, error });
  }

  /** Tells of a queue that has reached a limit or run dry, once a second at most. */
  tellLevel(type: 'overrun' | 'underrun', pad: SinkPad, { level: buffers, levelBytes: bytes, levelTime: time }: Queue): void {
    if (this.note(`${type} ${pad.name}`, 1) > 0) this.host.post({ type, element: this.name, pad: pad.name, buffers, bytes, time });
  }

  /** Its hooks sent a buffer after the end of the stream. */
  lateOutput(pad: SrcPad): void {
    this.statistics.received++;
    this.statistics.drop('eos');
    if (this.note('late', 1) === 0) return;
    const text = `${pad.path} gave a buffer after the end of its stream; it was dropped`;
    this.host.post({ type: 'warning', element: this.name, code: 'element/push-after-eos', text });
  }

  /** Ends every src pad; where there is none the element has come to its own end. */
  end(): Flow {
    if (this.isTerminal) this.host.ended(this);
    return this.forward(EOS);
  }

  /**
   * What the element's policy makes of a fault: the buffer is put aside, the element is restarted, or the pipeline goes down.
   *
   * @param incarnation Of the hooks whose fault it is; those that have been replaced already cost their buffer and no more.
   */
  fault(pad: SinkPad | undefined, buffer: StreamBuffer | undefined, thrown: unknown, incarnation = this.incarnation): Flow {
    const error = ElementError.from(this.name, thrown);
    const policy = this.description.onError ?? 'fail';
    if (buffer !== undefined) {
      const { source, pts, epoch } = buffer;
      const gap: StreamEvent = { type: 'gap', pts, duration: buffer.duration ?? 0, source, epoch };
      this.statistics.drop('error');
      buffer.release();
      if (policy !== 'fail') {
        this.host.post({ type: 'quarantine', element: this.name, source, pts, error });
        const flow = this.hooks?.chain === undefined ? this.forward(gap) : 'ok';
        if (policy === 'skip' || incarnation !== this.incarnation || this.context.signal.aborted) return flow;
        const restarted = this.restart(error);
        return flow instanceof Promise ? flow.then(() => restarted) : restarted;
      }
    }
    return this.fail(pad, error);
  }

  /** Takes the pipeline down. */
  fail(pad: SinkPad | undefined, error: ElementError): FlowReturn {
    pad?.close('error');
    this.host.fail(error);
    return 'error';
  }

  /** A source has come to a bad end: what it gave until then is worked off before the pipeline goes down. */
  endWith(error: ElementError): void {
    this.host.fail(error, true);
  }

  /** Opens the element anew, after a while; `ok` when it can go on. One restart serves everybody who asks meanwhile. */
  restart(error: ElementError): Promise<FlowReturn> {
    this.remaking ??= this.reopen(error).finally(() => {
      this.remaking = undefined;
      for (const pad of this.sinkPads.values()) pad.queueTask?.wake();
    });
    return this.remaking;
  }

  private async reopen(first: ElementError): Promise<FlowReturn> {
    this.restarts ??= new RestartPolicy(this.description.restart as Partial<RestartOptions> | undefined, this.host.random);
    this.flush();
    // Hooks that are still at work on other buffers come to their end first.
    for (const pad of this.sinkPads.values()) await pad.queueTask?.hooksAreIdle();
    for (let error = first; ; ) {
      try {
        await this.close();
      } catch (fault) {
        this.warn('element/close-failed', fault);
      }
      const delay = this.restarts.next(this.clock.now());
      if (delay === undefined) return this.fail([...this.sinkPads.values()][0], error);
      const text = `${error.message}; restarting in ${formatDuration(delay)}, attempt ${this.restarts.count}`;
      this.host.post({ type: 'warning', element: this.name, code: 'element/restarting', text });
      if (!(await this.pause(delay))) return 'flushing';
      try {
        await this.openResource();
        if (this.isSource) await (this.host.settleCaps?.(this) ?? negotiateSrcPads(this));
        await this.create();
        this.statistics.notes.set('restarts', ((this.statistics.notes.get('restarts') as number | undefined) ?? 0) + 1);
        return 'ok';
      } catch (thrown) {
        error = ElementError.from(this.name, thrown);
      }
    }
  }

  /** Waits; false when the pipeline, or the stream, ends meanwhile. */
  private pause(span: Microseconds): Promise<boolean> {
    const { signal } = this.context;
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const end = (result: boolean): void => {
        this.cancelRestart = undefined;
        signal.removeEventListener('abort', cancel);
        unschedule();
        resolve(result);
      };
      const cancel = (): void => end(false);
      const unschedule = this.clock.schedule(this.clock.now() + span, () => end(true));
      signal.addEventListener('abort', cancel);
      this.cancelRestart = cancel;
    });
  }

  /** A buffer has come while there are no hooks: they are being made, or the pad has never had caps. */
  private handleWithoutHooks(pad: SinkPad, buffer: StreamBuffer): Flow {
    if (this.remaking !== undefined) return this.remaking.then(() => this.work(pad, buffer));
    const cause = pad.answer === 'ok' ? 'not-negotiated' : pad.answer;
    this.drop(buffer, cause);
    return cause;
  }

  /** Calls a hook that says nothing of buffers; a fault of it takes the pipeline down. */
  private guard(pad: SinkPad, hook: () => Flow): Flow {
    try {
      const flow = hook();
      return flow instanceof Promise ? flow.catch((error: unknown) => this.fault(pad, undefined, error)) : flow;
    } catch (error) {
      return this.fault(pad, undefined, error);
    }
  }

  private call(inputs: readonly StreamBuffer[], slots: number): readonly Output[] | Promise<readonly Output[]> {
    const { hooks } = this;
    if (hooks === undefined) throw new ElementError(this.name, 'element/no-caps', `${this.name} was given a buffer before any caps`);
    if (hooks.transformBatch !== undefined) {
      const start = this.clock.now();
      const outputs = this.timed(start, inputs.length, hooks.transformBatch(inputs, slots));
      if (outputs instanceof Promise) return outputs.then((list) => this.checkBatch(inputs, list));
      return this.checkBatch(inputs, outputs);
    }
    const outputs = inputs.map((buffer) => this.callOne(hooks, buffer));
    return outputs.some((output) => output instanceof Promise) ? Promise.all(outputs) : (outputs as Output[]);
  }

  /** An element that takes single buffers. */
  private callOne(hooks: AnyHooks, buffer: StreamBuffer): Output | Promise<Output> {
    if (hooks.transform !== undefined) return this.transform(hooks, buffer);
    const start = this.clock.now();
    const rendered = this.timed(start, 1, hooks.render!(buffer));
    return rendered instanceof Promise ? rendered.then(() => RENDERED) : RENDERED;
  }

  private transform(hooks: AnyHooks, buffer: StreamBuffer): Output | Promise<Output> {
    if (this.pool === undefined) return this.runTransform(hooks, buffer, undefined);
    const slab = this.pool.acquire();
    return slab instanceof Promise ? slab.then((one) => this.runTransform(hooks, buffer, one)) : this.runTransform(hooks, buffer, slab);
  }

  private render(pad: SinkPad, buffer: StreamBuffer, hooks: AnyHooks): Flow {
    const timed = this.statistics.isTimed;
    const start = timed ? this.clock.now() : 0;
    try {
      const rendered = hooks.render!(buffer);
      if (rendered instanceof Promise) {
        return (timed ? this.timed(start, 1, rendered) : rendered).then(
          () => this.rendered(buffer),
          (error: unknown) => this.fault(pad, buffer, error),
        );
      }
    } catch (error) {
      return this.fault(pad, buffer, error);
    }
    if (timed) this.worked(start, 1);
    return this.rendered(buffer);
  }

  private rendered(buffer: StreamBuffer): FlowReturn {
    const { statistics } = this;
    if ((statistics.handled & statistics.mask) === 0) statistics.age.add(this.clock.now() - buffer.bornAt);
    this.settled(buffer);
    return 'ok';
  }

  private runTransform(hooks: AnyHooks, buffer: StreamBuffer, slab: Slab | undefined): Output | Promise<Output> {
    const { statistics } = this;
    if (slab === undefined && !statistics.isTimed) return hooks.transform!(buffer, NO_SLAB);
    const start = this.clock.now();
    let output: Output | Promise<Output>;
    try {
      output = this.timed(start, 1, hooks.transform!(buffer, slab ?? NO_SLAB));
    } catch (error) {
      slab?.release();
      throw error;
    }
    if (slab === undefined) return output;
    if (!(output instanceof Promise)) return keepOrRelease(output, slab);
    return output.then(
      (value) => keepOrRelease(value, slab),
      (error: unknown) => {
        slab.release();
        throw error;
      },
    );
  }

  private timed<T>(start: number, size: number, result: Promise<T>): Promise<T>;
  private timed<T>(start: number, size: number, result: T | Promise<T>): T | Promise<T>;
  private timed<T>(start: number, size: number, result: T | Promise<T>): T | Promise<T> {
    if (!(result instanceof Promise)) {
      this.worked(start, size);
      return result;
    }
    return result.finally(() => this.worked(start, size));
  }

  /** Counts a span in which its hooks were at work. */
  worked(start: number, size: number, end = this.clock.now()): void {
    this.statistics.working.add(end - start);
    this.host.span?.(this, start, end, size);
  }

  private chain(pad: SinkPad, buffer: StreamBuffer, chain: NonNullable<AnyHooks['chain']>): Flow {
    const hook = chain[pad.name] ?? chain[templateNameOf(this.definition, pad)]!;
    const timed = this.statistics.isTimed;
    const start = timed ? this.clock.now() : 0;
    const away = timed ? this.away.begin(start) : 0;
    const { incarnation } = this;
    let flow: Flow;
    try {
      flow = hook(buffer, pad.name);
    } catch (error) {
      if (timed) this.chained(start, away);
      return this.fault(pad, buffer, error);
    }
    if (!(flow instanceof Promise)) {
      if (timed) this.chained(start, away);
      this.settled(buffer);
      return flow;
    }
    return flow.then(
      (result) => {
        if (timed) this.chained(start, away);
        this.settled(buffer);
        return result;
      },
      (error: unknown) => {
        if (timed) this.chained(start, away);
        return this.fault(pad, buffer, error, incarnation);
      },
    );
  }

  /** Takes the time of a hook that pushes: without what it spent downstream or waiting. */
  private chained(start: number, away: number): void {
    const end = this.clock.now();
    const own = Math.max(0, end - start - this.away.end(away, end));
    this.statistics.working.add(own);
    this.host.span?.(this, start, start + own, 1);
  }

  private settled(buffer: StreamBuffer): void {
    this.statistics.handled++;
    buffer.release();
  }

  /** A batch is right when there is one result for each of its buffers. */
  private checkBatch(inputs: readonly StreamBuffer[], outputs: readonly Output[]): readonly Output[] {
    if (Array.isArray(outputs) && outputs.length === inputs.length) return outputs;
    const found = Array.isArray(outputs) ? `${outputs.length}` : nameOf(outputs);
    if (Array.isArray(outputs)) for (const output of outputs) releaseOutput(output, inputs);
    const text = `${this.name}: transformBatch must return one result per buffer, found ${found} for ${inputs.length}`;
    throw new ElementError(this.name, 'element/wrong-output', text);
  }

  /** Sends on what a transform made of a buffer. */
  private emit(pad: SinkPad, input: StreamBuffer, output: Output): Flow {
    const { statistics } = this;
    if ((statistics.handled & statistics.mask) === 0) statistics.age.add(this.clock.now() - input.bornAt);
    if (output instanceof StreamBuffer) {
      statistics.handled++;
      if (output !== input) input.release();
      return this.mainSrc!.push(output);
    }
    if (output === RENDERED) {
      this.settled(input);
      return 'ok';
    }
    if (output === undefined || (Array.isArray(output) && output.length === 0)) return this.swallow(input);
    if (!Array.isArray(output) || !output.every((one) => one instanceof StreamBuffer)) {
      if (Array.isArray(output)) releaseOutput(output, [input]);
      return this.fault(
        pad,
        input,
        wrongOutput(this.name, Array.isArray(output) ? output.find((one) => !(one instanceof StreamBuffer)) : output),
      );
    }
    statistics.handled++;
    const several = output as readonly StreamBuffer[];
    // A buffer that stands in the list twice leaves twice.
    for (const [index, one] of several.entries()) if (several.indexOf(one) < index) one.retain();
    if (!several.includes(input)) input.release();
    let flow = 'ok' as Flow;
    for (const one of several) flow = flow instanceof Promise ? flow.then(() => this.mainSrc!.push(one)) : this.mainSrc!.push(one);
    return flow;
  }

  /** A transform has made nothing of a buffer. An element that drains holds it back; from any other it is gone for good. */
  private swallow(input: StreamBuffer): Flow {
    if (this.hooks?.drain !== undefined) {
      this.settled(input);
      return 'ok';
    }
    const gap: StreamEvent = { type: 'gap', pts: input.pts, duration: input.duration ?? 0, source: input.source, epoch: input.epoch };
    this.statistics.drop(this.hooks?.dropCause ?? 'filtered');
    input.release();
    return this.forward(gap);
  }

  /** What comes back goes no further, or it would go round for ever; only gaps and the end say something. */
  private handleFeedback(pad: SinkPad, event: StreamEvent): Flow {
    if (event.type === 'caps') pad.caps = event.caps;
    if (event.type === 'gap') return this.guard(pad, () => this.hooks?.gap?.(pad.name, event.pts + event.duration, event) ?? 'ok');
    if (event.type !== 'eos') return 'ok';
    return this.guard(pad, () => {
      this.hooks?.ended?.(pad.name);
      return 'ok';
    });
  }

  private handleCaps(pad: SinkPad, next: FixedCaps): Flow {
    if (this.hooks !== undefined && pad.caps !== undefined && sameCaps(pad.caps, next)) return this.announce();
    return this.changeCaps(pad, next);
  }

  /** Negotiates anew in mid-stream: what was held back leaves first, then everything that depends on caps is made again. */
  private async changeCaps(pad: SinkPad, next: FixedCaps): Promise<FlowReturn> {
    try {
      if (this.hooks !== undefined) await this.sendDrained();
      const settling = this.settleCaps(pad, next);
      const settled = settling instanceof Promise ? await settling : settling;
      this.remaking = undefined;
      if (!settled) return 'ok';
      this.remaking = this.create().then(
        () => 'ok' as const,
        (error: unknown) => this.fault(pad, undefined, error),
      );
      const made = await this.remaking;
      this.remaking = undefined;
      if (made !== 'ok') return 'not-negotiated';
    } catch (error) {
      this.remaking = undefined;
      await this.fault(pad, undefined, error);
      return 'not-negotiated';
    }
    for (const other of this.sinkPads.values()) other.queueTask?.wake();
    return this.announce();
  }

  private settleCaps(pad: SinkPad, next: FixedCaps): boolean | Promise<boolean> {
    const settling = this.host.settleCaps?.(this, pad, next);
    if (settling === undefined) return renegotiate(this, pad, next);
    // Nothing may be given to the old hooks meanwhile.
    const settled = (): 'ok' => 'ok';
    this.remaking = settling.then(settled, settled);
    return settling;
  }

  private announce(): Flow {
    const flows: Flow[] = [];
    for (const pad of this.srcPads.values()) {
      if (pad.peer !== undefined && pad.caps !== undefined) flows.push(pad.pushEvent({ type: 'caps', caps: pad.caps }));
      else if (pad.isAbsent) flows.push(this.endAbsent(pad));
    }
    return joinFlows(flows);
  }

  /** Ends what is linked to a pad that has no stream. */
  endAbsent(pad: SrcPad): Flow {
    const text = `${this.name} has no stream for ${pad.path}; what is linked to it ends at once`;
    this.host.post({ type: 'info', element: this.name, code: 'element/no-stream', text });
    return pad.pushEvent(EOS);
  }

  private handleEos(pad: SinkPad): Flow {
    try {
      this.hooks?.ended?.(pad.name);
    } catch (error) {
      return this.fault(pad, undefined, error);
    }
    for (const other of this.sinkPads.values())
      if (other.peer !== undefined && !other.hasEnded && other.template.feedback !== true) return 'ok';
    return this.conclude();
  }

  private async conclude(): Promise<FlowReturn> {
    try {
      await this.sendDrained();
      await this.hooks?.finish?.();
    } catch (error) {
      return this.fault(undefined, undefined, error);
    }
    return this.end();
  }

  private async sendDrained(): Promise<void> {
    const held = (await this.hooks?.drain?.()) ?? [];
    if (!Array.isArray(held) || !held.every((one) => one instanceof StreamBuffer)) throw wrongOutput(this.name, held, 'drain');
    for (const buffer of held) await this.mainSrc!.push(buffer);
  }

  private warn(code: string, error: unknown): void {
    this.host.post({ type: 'warning', element: this.name, code, text: ElementError.from(this.name, error).message });
  }

  /** Counts something of which the application is told once a second at most; what to tell now, or 0. */
  private note(key: string, count: number): number {
    const now = this.clock.now();
    const note = this.notes.get(key);
    if (note !== undefined && now - note.since < 1e6) {
      note.count += count;
      return 0;
    }
    this.notes.set(key, { since: now, count: 0 });
    return (note?.count ?? 0) + count;
  }
}

const NO_SLAB = undefined as unknown as Slab;
const RENDERED = [] as readonly StreamBuffer[];

function keepOrRelease(output: Output, slab: Slab): Output {
  const used =
    output instanceof StreamBuffer
      ? output.slabs.includes(slab)
      : Array.isArray(output) && output.some((one) => one instanceof StreamBuffer && one.slabs.includes(slab));
  if (!used) slab.release();
  return output;
}

/** Lets go of what a hook returned that cannot be used; inputs are let go by others. */
function releaseOutput(output: unknown, inputs: readonly StreamBuffer[]): void {
  for (const one of new Set(Array.isArray(output) ? output : [output])) {
    if (one instanceof StreamBuffer && !inputs.includes(one)) one.release();
  }
}

function wrongOutput(name: string, output: unknown, hook = 'transform'): ElementError {
  const wanted = hook === 'drain' ? 'a list of buffers or nothing' : 'a buffer, several or nothing';
  return new ElementError(name, 'element/wrong-output', `${name}: ${hook} must return ${wanted}, found ${nameOf(output)}`);
}

function nameOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value;
}

/** The template's name for a pad, which differs from the pad's own for request pads. */
export function templateNameOf(definition: AnyElementDefinition, pad: { readonly template: unknown; readonly name: string }): string {
  for (const [name, template] of Object.entries(definition.pads)) if (template === pad.template) return name;
  return pad.name;
}

export function joinFlows(flows: readonly Flow[]): Flow {
  if (flows.length === 1) return flows[0]!;
  if (flows.some((flow) => flow instanceof Promise)) return Promise.all(flows).then(combineOrOk);
  return combineOrOk(flows as readonly FlowReturn[]);
}

function combineOrOk(flows: readonly FlowReturn[]): FlowReturn {
  return flows.length === 0 ? 'ok' : combineFlow(flows);
}

function gapOf({ pts, duration = 0, source, epoch }: StreamBuffer): GapEvent {
  return { type: 'gap', pts, duration, source, epoch };
}
