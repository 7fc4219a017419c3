// An element of a running graph: its pads, its counts, and the calls of its hooks.
//
// Hooks may be synchronous or not; on the synchronous path nothing is awaited and nothing allocated. A buffer belongs to the
// element from the moment it is handed over until it is released here or sent on; who writes hooks does neither.
import { Pool } from '../memory/pool.ts';
import type { Slab } from '../memory/slab.ts';
import { StreamBuffer } from './buffer.ts';
import type { FixedCaps } from './caps.ts';
import type { Clock } from './clock.ts';
import type { AnyElementDefinition, AnyHooks, Output } from './define-element.ts';
import type { ElementContext } from './element-context.ts';
import { ElementError } from './errors.ts';
import { EOS, type StreamEvent } from './event.ts';
import { combineFlow, type Flow, type FlowReturn } from './flow-return.ts';
import type { ElementDescription } from './graph-description.ts';
import type { Message } from './message.ts';
import { renegotiate } from './negotiate.ts';
import { SinkPad, SrcPad } from './pad.ts';
import { type DropCause, Statistics } from './statistics.ts';

/** What a run of a hook came to: one output per input, or a fault. */
export type RunResult = { readonly outputs: readonly Output[] } | { readonly fault: unknown };

/** What an element asks of the pipeline it is in. */
export interface ElementHost {
  readonly clock: Clock;
  /** A fault that the element's policy does not absorb. */
  fail(error: ElementError): void;
  post(message: Message): void;
  /** Its last byte is durable. */
  ended(element: Element): void;
  contextOf(element: Element): ElementContext;
  span?(element: Element, start: number, end: number, size: number): void;
}

export class Element {
  readonly name: string;
  readonly definition: AnyElementDefinition;
  readonly props: unknown;
  readonly description: ElementDescription;
  statistics = new Statistics();
  readonly sinkPads = new Map<string, SinkPad>();
  readonly srcPads = new Map<string, SrcPad>();
  /** Distance from the sources. */
  depth = 0;
  resource: unknown;
  hooks: AnyHooks | undefined;
  context!: ElementContext;
  private readonly host: ElementHost;
  private pool: Pool | undefined;
  private mainSrc: SrcPad | undefined;
  private readonly dropNotes = new Map<string, { since: number; count: number }>();

  constructor(name: string, definition: AnyElementDefinition, props: unknown, description: ElementDescription, host: ElementHost) {
    this.name = name;
    this.definition = definition;
    this.props = props;
    this.description = description;
    this.host = host;
    for (const [padName, template] of Object.entries(definition.pads)) {
      if (template.presence === 'always') this.addPad(padName, padName);
    }
  }

  get clock(): Clock {
    return this.host.clock;
  }

  get isSource(): boolean {
    return Object.values(this.definition.pads).every(({ direction }) => direction === 'src');
  }

  /** Nothing leaves it, so that the pipeline has to wait for it. */
  get isTerminal(): boolean {
    for (const pad of this.srcPads.values()) if (pad.peer !== undefined) return false;
    return true;
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

  async open(): Promise<void> {
    this.statistics = new Statistics();
    this.context = this.host.contextOf(this);
    this.resource = await this.definition.open?.({ props: this.props as never, context: this.context });
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
    if (this.hooks.outputBytes !== undefined) {
      this.pool = Pool.create(this.context.arena, {
        name: this.name,
        slabBytes: this.hooks.outputBytes,
        limit: this.context.downstreamCapacity,
      });
    }
  }

  async close(): Promise<void> {
    await this.closeHooks();
    const { resource } = this;
    this.resource = undefined;
    if (resource !== undefined) await this.definition.close?.(resource as never);
  }

  private async closeHooks(): Promise<void> {
    const { hooks, pool } = this;
    this.hooks = undefined;
    this.pool = undefined;
    await hooks?.close?.();
    pool?.close();
  }

  /** Has the hook work on a buffer and sends on what comes of it. */
  handle(pad: SinkPad, buffer: StreamBuffer): Flow {
    const { hooks } = this;
    if (hooks === undefined) {
      this.drop(buffer, 'not-negotiated');
      return 'not-negotiated';
    }
    if (hooks.chain !== undefined) return this.chain(pad, buffer, hooks.chain);
    if (hooks.render !== undefined) return this.render(pad, buffer, hooks);
    if (hooks.transform === undefined) {
      const result = this.start([buffer]);
      return result instanceof Promise ? result.then((run) => this.finish(pad, [buffer], run)) : this.finish(pad, [buffer], result);
    }
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
      (error: unknown) => this.fault(pad, buffer, error),
    );
  }

  /** Begins a run on one buffer or on a batch; never throws and never rejects. */
  start(inputs: readonly StreamBuffer[]): RunResult | Promise<RunResult> {
    try {
      const outputs = this.call(inputs);
      if (outputs instanceof Promise)
        return outputs.then(
          (value) => ({ outputs: value }),
          (fault: unknown) => ({ fault }),
        );
      return { outputs };
    } catch (fault) {
      return { fault };
    }
  }

  /** Sends on the outputs of a run, in order. */
  finish(pad: SinkPad, inputs: readonly StreamBuffer[], result: RunResult): Flow {
    let flow = 'ok' as Flow;
    for (const [index, input] of inputs.entries()) {
      const one = (): Flow => ('fault' in result ? this.fault(pad, input, result.fault) : this.emit(pad, input, result.outputs[index]));
      flow = flow instanceof Promise ? flow.then(one) : one();
    }
    return flow;
  }

  handleEvent(pad: SinkPad, event: StreamEvent): Flow {
    switch (event.type) {
      case 'caps':
        return this.handleCaps(pad, event.caps);
      case 'eos':
        return this.handleEos(pad);
      case 'gap':
        if (this.hooks?.gap !== undefined) return this.hooks.gap(pad.name, event.pts + event.duration, event);
        return this.hooks?.chain === undefined ? this.forward(event) : 'ok';
      default:
        return this.forward(event);
    }
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

  waited(buffer: StreamBuffer): void {
    this.statistics.waiting.add(this.clock.now() - buffer.queuedAt);
  }

  /** Counts a buffer that goes no further, and lets it go. */
  drop(buffer: StreamBuffer, cause: DropCause): void {
    this.statistics.drop(cause);
    buffer.release();
    if (cause === 'filtered' || cause === 'flushing' || cause === 'eos') return;
    this.noteDrop(cause);
  }

  overrun(pad: SinkPad): void {
    this.host.post({ type: 'overrun', element: this.name, pad: pad.name });
  }

  /** Ends every src pad; where there is none the element has come to its own end. */
  end(): Flow {
    if (this.isTerminal) this.host.ended(this);
    return this.forward(EOS);
  }

  /** What the element's policy makes of a fault: the buffer is put aside, or the pipeline goes down. */
  fault(pad: SinkPad | undefined, buffer: StreamBuffer | undefined, thrown: unknown): Flow {
    const error = ElementError.from(this.name, thrown);
    const policy = this.description.onError ?? 'fail';
    if (buffer !== undefined) {
      const { source, pts } = buffer;
      const gap: StreamEvent = { type: 'gap', pts, duration: buffer.duration ?? 0, source, epoch: buffer.epoch };
      this.statistics.drop('error');
      buffer.release();
      if (policy === 'skip') {
        this.host.post({ type: 'quarantine', element: this.name, source, pts, error });
        return this.hooks?.chain === undefined ? this.forward(gap) : 'ok';
      }
    }
    pad?.close('error');
    this.host.fail(error);
    return 'error';
  }

  private call(inputs: readonly StreamBuffer[]): readonly Output[] | Promise<readonly Output[]> {
    const hooks = this.hooks!;
    if (hooks.transformBatch !== undefined) {
      const start = this.clock.now();
      const outputs = hooks.transformBatch(inputs);
      return this.timed(start, inputs.length, outputs);
    }
    const buffer = inputs[0]!;
    if (hooks.transform !== undefined) {
      const output = this.transform(hooks, buffer);
      return output instanceof Promise ? output.then((value) => [value]) : [output];
    }
    const start = this.clock.now();
    const rendered = this.timed(start, 1, hooks.render!(buffer));
    return rendered instanceof Promise ? rendered.then(() => [RENDERED]) : [RENDERED];
  }

  private transform(hooks: AnyHooks, buffer: StreamBuffer): Output | Promise<Output> {
    if (this.pool === undefined) return this.runTransform(hooks, buffer, undefined);
    const slab = this.pool.acquire();
    return slab instanceof Promise ? slab.then((one) => this.runTransform(hooks, buffer, one)) : this.runTransform(hooks, buffer, slab);
  }

  private render(pad: SinkPad, buffer: StreamBuffer, hooks: AnyHooks): Flow {
    const { statistics } = this;
    const start = statistics.isTimed ? this.clock.now() : 0;
    try {
      const rendered = hooks.render!(buffer);
      if (rendered instanceof Promise) {
        return this.timed(start, 1, rendered).then(
          () => this.rendered(buffer),
          (error: unknown) => this.fault(pad, buffer, error),
        );
      }
    } catch (error) {
      return this.fault(pad, buffer, error);
    }
    if (start !== 0) this.worked(start, 1);
    return this.rendered(buffer);
  }

  private rendered(buffer: StreamBuffer): FlowReturn {
    const { statistics } = this;
    if ((statistics.received & statistics.mask) === 0) statistics.age.add(this.clock.now() - buffer.bornAt);
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

  private worked(start: number, size: number): void {
    const end = this.clock.now();
    this.statistics.working.add(end - start);
    this.host.span?.(this, start, end, size);
  }

  private chain(pad: SinkPad, buffer: StreamBuffer, chain: NonNullable<AnyHooks['chain']>): Flow {
    const hook = chain[pad.name] ?? chain[templateNameOf(this.definition, pad)]!;
    const timed = this.statistics.isTimed;
    const start = timed ? this.clock.now() : 0;
    let flow: Flow;
    try {
      flow = hook(buffer, pad.name);
    } catch (error) {
      return this.fault(pad, buffer, error);
    }
    if (!(flow instanceof Promise)) {
      if (timed) this.worked(start, 1);
      this.settled(buffer);
      return flow;
    }
    return flow.then(
      (result) => {
        if (timed) this.worked(start, 1);
        this.settled(buffer);
        return result;
      },
      (error: unknown) => this.fault(pad, buffer, error),
    );
  }

  private settled(buffer: StreamBuffer): void {
    this.statistics.handled++;
    buffer.release();
  }

  /** Sends on what a transform made of a buffer. */
  private emit(pad: SinkPad, input: StreamBuffer, output: Output): Flow {
    const { statistics } = this;
    if ((statistics.received & statistics.mask) === 0) statistics.age.add(this.clock.now() - input.bornAt);
    if (output === undefined) {
      const gap: StreamEvent = { type: 'gap', pts: input.pts, duration: input.duration ?? 0, source: input.source, epoch: input.epoch };
      this.drop(input, 'filtered');
      return this.forward(gap);
    }
    statistics.handled++;
    if (output === RENDERED) {
      input.release();
      return 'ok';
    }
    if (output instanceof StreamBuffer) {
      if (output !== input) input.release();
      return this.mainSrc!.push(output);
    }
    if (!Array.isArray(output)) {
      input.release();
      return this.fault(pad, undefined, wrongOutput(this.name, output));
    }
    if (!output.includes(input)) input.release();
    let flow = 'ok' as Flow;
    for (const one of output as readonly StreamBuffer[]) {
      flow = flow instanceof Promise ? flow.then(() => this.mainSrc!.push(one)) : this.mainSrc!.push(one);
    }
    return flow;
  }

  private handleCaps(pad: SinkPad, next: FixedCaps): Flow {
    if (pad.caps === next && this.hooks !== undefined) return this.announce();
    return this.changeCaps(pad, next);
  }

  /** Negotiates anew in mid-stream: what was held back leaves first, then everything that depends on caps is made again. */
  private async changeCaps(pad: SinkPad, next: FixedCaps): Promise<FlowReturn> {
    try {
      if (this.hooks !== undefined) await this.sendDrained();
      if (!renegotiate(this, pad, next)) return 'ok';
      await this.create();
    } catch (error) {
      await this.fault(pad, undefined, error);
      return 'not-negotiated';
    }
    return this.announce();
  }

  private announce(): Flow {
    const flows: Flow[] = [];
    for (const pad of this.srcPads.values()) {
      if (pad.peer !== undefined && pad.caps !== undefined) flows.push(pad.pushEvent({ type: 'caps', caps: pad.caps }));
    }
    return joinFlows(flows);
  }

  private handleEos(pad: SinkPad): Flow {
    this.hooks?.ended?.(pad.name);
    for (const other of this.sinkPads.values()) if (other.peer !== undefined && !other.hasEnded) return 'ok';
    return this.conclude();
  }

  private async conclude(): Promise<FlowReturn> {
    try {
      await this.sendDrained();
      await this.hooks?.finish?.();
    } catch (error) {
      await this.fault(undefined, undefined, error);
    }
    return this.end();
  }

  private async sendDrained(): Promise<void> {
    const held = await this.hooks?.drain?.();
    for (const buffer of held ?? []) await this.mainSrc!.push(buffer);
  }

  private noteDrop(cause: string): void {
    const now = this.clock.now();
    const note = this.dropNotes.get(cause);
    if (note !== undefined && now - note.since < 1e6) {
      note.count++;
      return;
    }
    this.dropNotes.set(cause, { since: now, count: 0 });
    this.host.post({ type: 'dropped', element: this.name, cause, count: (note?.count ?? 0) + 1 });
  }
}

const NO_SLAB = undefined as unknown as Slab;
const RENDERED = [] as readonly StreamBuffer[];

function keepOrRelease(output: Output, slab: Slab): Output {
  const used =
    output === undefined
      ? false
      : output instanceof StreamBuffer
        ? output.slabs.includes(slab)
        : output.some((one) => one.slabs.includes(slab));
  if (!used) slab.release();
  return output;
}

function wrongOutput(name: string, output: unknown): ElementError {
  const found = output === null ? 'null' : typeof output;
  return new ElementError(name, 'element/wrong-output', `${name}: a transform must return a buffer, several or nothing, found ${found}`);
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
