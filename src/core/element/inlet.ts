// Where an element's buffers come in: each goes to the hook that there is for it, when its time has come where the element keeps to
// the clock. On the synchronous path nothing is awaited and nothing allocated.
import type { Statistics } from '../counts/statistics.ts';
import type { StreamBuffer } from '../stream/buffer.ts';
import { gapOf, type SegmentEvent } from '../stream/event.ts';
import type { Flow, FlowReturn } from '../stream/flow-return.ts';
import { type Arrival, SyncGate } from '../time/sync-gate.ts';
import { AtWork } from './at-work.ts';
import type { AnyHooks, Output } from './define-element.ts';
import type { Element } from './element.ts';
import { type HookCalls, NO_SLAB, type RunResult } from './hook-calls.ts';
import { wrongFlow } from './hook-output.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Needs } from './needs.ts';
import type { Outlet } from './outlet.ts';
import type { SinkPad } from './pad.ts';
import { templateNameOf } from './pad-template.ts';

const NOTHING = (): void => {};

export class Inlet {
  /** Hooks that have not come back, but for those of runs that a queue has begun. */
  readonly atWork = new AtWork();
  private readonly element: Element;
  private readonly life: Lifecycle;
  private readonly needs: Needs;
  private readonly calls: HookCalls;
  private statistics!: Statistics;
  private readonly outlet: Outlet;
  /** Set while the element keeps to the clock. */
  private gate: SyncGate | undefined;

  constructor(element: Element) {
    this.element = element;
    // What every buffer passes is at hand.
    this.life = element.life;
    this.needs = element.needs;
    this.calls = element.calls;
    this.outlet = element.outlet;
  }

  reset(): void {
    this.statistics = this.element.statistics;
    const { name, sync, timeline, context } = this.element;
    this.gate = sync === undefined ? undefined : new SyncGate(name, sync, timeline, context.signal);
  }

  /** Whether it waits for the time of a buffer to come. */
  get isEarly(): boolean {
    return this.gate?.isWaiting === true;
  }

  /** How the times of what follows map to running time. */
  segment(event: SegmentEvent): void {
    this.gate?.segment(event);
  }

  /** Nothing more comes of a source, by any pad. */
  sourceEnded(source: string): void {
    this.gate?.forget(source);
  }

  /** Has the hook work on a buffer, and sends on what comes of it. */
  handle(pad: SinkPad, buffer: StreamBuffer): Flow {
    if (this.gate === undefined) return this.work(pad, buffer);
    const arrival = this.gate.pass(buffer);
    return arrival instanceof Promise ? arrival.then((one) => this.arrived(pad, buffer, one)) : this.arrived(pad, buffer, arrival);
  }

  /** The straight way: one synchronous transform of a buffer whose time is not taken. */
  private plainly(pad: SinkPad, buffer: StreamBuffer, plain: AnyHooks): Flow {
    let output: Output | Promise<Output>;
    try {
      output = plain.transform!(buffer, NO_SLAB);
    } catch (error) {
      return this.element.faults.fault(pad, buffer, error);
    }
    if (output !== buffer) return this.transformed(pad, buffer, output instanceof Promise ? this.calls.limited(output, buffer) : output);
    this.statistics.handled++;
    return this.outlet.main!.push(buffer);
  }

  private transformed(pad: SinkPad, buffer: StreamBuffer, output: Output | Promise<Output>): Flow {
    if (!(output instanceof Promise)) return this.outlet.emit(pad, buffer, output);
    const { incarnation } = this.life;
    return this.atWork.track(output).then(
      (value) => this.outlet.emit(pad, buffer, value),
      (error: unknown) => this.element.faults.fault(pad, buffer, error, incarnation),
    );
  }

  /** Sends on the outputs of a run, in order. */
  finish(pad: SinkPad, inputs: readonly StreamBuffer[], result: RunResult): Flow {
    const { faults, outlet } = this.element;
    let flow = 'ok' as Flow;
    for (const [index, input] of inputs.entries()) {
      const one = (): Flow => {
        if ('outputs' in result) return outlet.emit(pad, input, result.outputs[index]);
        if (result.size > 1 && faults.areBorne) return faults.single(pad, input);
        return faults.fault(pad, input, result.fault, result.incarnation);
      };
      flow = flow instanceof Promise ? flow.then(one) : one();
    }
    return flow;
  }

  private arrived(pad: SinkPad, buffer: StreamBuffer, arrival: Arrival): Flow {
    if (arrival === 'now') return this.work(pad, buffer);
    const { losses, events } = this.element;
    if (arrival === 'late') {
      losses.late(buffer, this.gate!.jitter);
      pad.peer?.hearNeed({ source: buffer.source, epoch: buffer.epoch, pts: this.gate!.earliestAfter(buffer) });
    }
    const gap = gapOf(buffer);
    losses.drop(buffer, arrival);
    return arrival === 'flushing' ? arrival : events.pass(pad, gap);
  }

  /** Has the hook work on a buffer now. */
  work(pad: SinkPad, buffer: StreamBuffer): Flow {
    if (this.needs.isWithout(buffer)) return this.element.events.pass(pad, this.element.losses.skip(buffer));
    const { hooks, plain } = this.life;
    if (plain !== undefined && !this.statistics.isTimed) return this.plainly(pad, buffer, plain);
    if (hooks === undefined) return this.withoutHooks(pad, buffer);
    if (hooks.chain !== undefined) return this.chain(pad, buffer, hooks.chain);
    if (hooks.render !== undefined) return this.render(pad, buffer, hooks);
    if (hooks.transform === undefined) {
      const result = this.calls.start([buffer]);
      return result instanceof Promise
        ? this.atWork.track(result).then((run) => this.finish(pad, [buffer], run))
        : this.finish(pad, [buffer], result);
    }
    let output: Output | Promise<Output>;
    try {
      output = this.calls.transform(hooks, buffer);
    } catch (error) {
      return this.element.faults.fault(pad, buffer, error);
    }
    return this.transformed(pad, buffer, output);
  }

  /** A buffer has come while there are no hooks: they are being made, or the pad has never had caps. */
  private withoutHooks(pad: SinkPad, buffer: StreamBuffer): Flow {
    const { life, losses } = this.element;
    if (life.remaking !== undefined) return life.remaking.then(() => this.work(pad, buffer));
    const cause = pad.answer === 'ok' ? 'not-negotiated' : pad.answer;
    losses.drop(buffer, cause);
    return cause;
  }

  private render(pad: SinkPad, buffer: StreamBuffer, hooks: AnyHooks): Flow {
    const { faults, outlet, hookTime, statistics, clock, limit } = this.element;
    const { incarnation } = this.element.life;
    const timed = statistics.isTimed;
    const start = timed ? clock.now() : 0;
    try {
      const rendered = hooks.render!(buffer);
      if (rendered instanceof Promise) {
        const limited = this.atWork.track(limit.within(rendered, [buffer], NOTHING));
        return (timed ? hookTime.until(start, 1, limited) : limited).then(
          () => outlet.rendered(buffer),
          (error: unknown) => faults.fault(pad, buffer, error, incarnation),
        );
      }
    } catch (error) {
      return faults.fault(pad, buffer, error);
    }
    if (timed) hookTime.worked(start, 1);
    return outlet.rendered(buffer);
  }

  private chain(pad: SinkPad, buffer: StreamBuffer, chain: NonNullable<AnyHooks['chain']>): Flow {
    const { faults, hookTime, statistics, clock, definition, life } = this.element;
    const hook = chain[pad.name] ?? chain[templateNameOf(definition, pad)]!;
    const timed = statistics.isTimed;
    const start = timed ? clock.now() : 0;
    const away = timed ? hookTime.away.begin(start) : 0;
    const { incarnation } = life;
    let flow: Flow;
    try {
      flow = hook(buffer, pad.name);
    } catch (error) {
      if (timed) hookTime.chained(start, away);
      return faults.fault(pad, buffer, error);
    }
    if (!(flow instanceof Promise)) {
      if (timed) hookTime.chained(start, away);
      return this.answered(pad, buffer, flow, incarnation);
    }
    return this.atWork.track(flow).then(
      (result) => {
        if (timed) hookTime.chained(start, away);
        return this.answered(pad, buffer, result, incarnation);
      },
      (error: unknown) => {
        if (timed) hookTime.chained(start, away);
        return faults.fault(pad, buffer, error, incarnation);
      },
    );
  }

  /** A hook has come back, with an answer if it keeps to its contract. */
  private answered(pad: SinkPad, buffer: StreamBuffer, flow: FlowReturn, incarnation: number): Flow {
    const wrong = flow === 'ok' ? undefined : wrongFlow(this.element.name, `chain['${pad.name}']`, flow);
    if (wrong !== undefined) return this.element.faults.fault(pad, buffer, wrong, incarnation);
    this.taken(buffer);
    return flow;
  }

  /** A hook has taken a buffer: it is handled with that, unless the element holds back and says so itself. */
  private taken(buffer: StreamBuffer): void {
    if (this.element.definition.holdsBack === true) buffer.release();
    else this.outlet.settled(buffer);
  }
}
