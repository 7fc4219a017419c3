// A join at work: buffers go in, joined buffers leave in order, one at a time. Keeps what has to outlive a change of caps.
//
// Whoever brings a buffer waits while an earlier set is being taken downstream, or while too many of its own wait for the
// others. A timer ends waiting where there is a limit to it.

import type { FixedCaps } from '../../core/caps/caps.ts';
import type { ElementContext } from '../../core/element/element-context.ts';
import type { Join, JoinedItems } from '../../core/join/join.ts';
import type { JoinInput, LetGo, Use } from '../../core/join/join-input.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import type { GapEvent, SegmentEvent } from '../../core/stream/event.ts';
import type { Flow, FlowReturn } from '../../core/stream/flow-return.ts';
import { formatDuration, type Microseconds } from '../../core/time/time.ts';
import { farAhead } from './far-ahead.ts';
import { InputTimes } from './input-times.ts';
import { liveDeadline } from './live-deadline.ts';
import { SetBuilder } from './set-builder.ts';

export interface StreamLimits {
  /** How long a set may wait; undefined: until it is settled, in live graphs until it is due at the sinks. */
  readonly maxWait: Microseconds | undefined;
  readonly maxPending: number;
  readonly onFull: 'block' | 'dropOldest';
}

export interface StreamPlan {
  readonly pads: readonly string[];
  readonly names: readonly string[];
  readonly src: FixedCaps;
  makeJoin(letGo: LetGo<StreamBuffer>, use: Use<StreamBuffer>): Join<StreamBuffer>;
}

type Set = JoinedItems<StreamBuffer>;

export class JoinedStream {
  private readonly context: ElementContext;
  private readonly limits: StreamLimits;
  private readonly times = new InputTimes();
  private readonly builder: SetBuilder;
  /** What those downstream have been told that the times of a source lack to running time. */
  private readonly told = new Map<string, Microseconds>();
  private plan!: StreamPlan;
  private join!: Join<StreamBuffer>;
  /** Sets that leave although somebody was missing. */
  private readonly forced: Set[] = [];
  /** Sources that have ended, or begun anew behind that: told behind the last set that may hold something new of what had come of them. */
  private readonly ends: { readonly source: string; readonly arrivals: number; readonly pass: () => Flow }[] = [];
  /** A set on its way downstream. */
  private sending: Promise<FlowReturn> | undefined;
  /** What has to leave before. */
  private followed: Promise<FlowReturn> | undefined;
  /** Hooks that wait for room. */
  private readonly waiting: (() => void)[] = [];
  private readonly silent = new globalThis.Set<number>();
  private hasWarnedOfTimes = false;
  private cancelTimer: (() => void) | undefined;
  private isClosing = false;
  private owesGap = false;
  /** Nothing earlier leaves, and downstream has been told so. */
  private said = Number.NEGATIVE_INFINITY;
  private fault: unknown;

  constructor(context: ElementContext, limits: StreamLimits) {
    this.context = context;
    this.limits = limits;
    this.builder = new SetBuilder(context, this.times);
  }

  /** Takes what the caps of now ask for; the first time it makes the join. */
  prepare(plan: StreamPlan): void {
    const before = this.plan as StreamPlan | undefined;
    this.plan = plan;
    this.builder.prepare(plan.names, plan.src);
    if (before !== undefined && before.pads.join() === plan.pads.join()) return;
    const letGo: LetGo<StreamBuffer> = (buffer, _input, why) => {
      buffer.release();
      if (why !== 'used') this.context.discarded(this.isClosing ? 'flushing' : why);
    };
    const made = plan.makeJoin(letGo, () => this.context.finished());
    if (before !== undefined) {
      const places = plan.pads.map((pad) => (before.pads.includes(pad) ? before.pads.indexOf(pad) : undefined));
      made.takeOver(this.join, places);
      this.builder.forget();
      this.silent.clear();
    }
    this.join = made;
    // Who waited for an input that is gone may go on.
    if (before !== undefined) queueMicrotask(() => void this.pump());
  }

  take(pad: string, buffer: StreamBuffer): Flow {
    const index = this.plan.pads.indexOf(pad);
    // It has been taken away while this one waited.
    if (index < 0) return this.refuse('not-linked');
    if (this.isClosing) return this.refuse('flushing');
    this.tellFault();
    const { join, limits } = this;
    if (join.isOver) return this.refuse('eos');
    const input = join.inputs[index]!;
    if (input.waiting >= limits.maxPending) {
      this.warnOfUnlikeTimes(input);
      if (limits.onFull === 'block') return this.news().then(() => this.take(pad, buffer));
      input.dropOldest();
    }
    this.silent.delete(index);
    join.push(index, this.times.place(pad, buffer), this.context.clock.now());
    return this.pump();
  }

  gap(pad: string, until: Microseconds, event: GapEvent): Flow {
    const index = this.plan.pads.indexOf(pad);
    const { source, epoch } = event;
    const shift = this.times.shiftAt(pad, source);
    this.join.gap(index, until + shift);
    this.builder.hear(index, { source, epoch, shift });
    this.silent.delete(index);
    this.owesGap = true;
    return this.pump();
  }

  end(pad: string): void {
    this.join.end(this.plan.pads.indexOf(pad));
    // What it leads to is waited for when the stream is drained.
    void this.pump();
  }

  /** How the times of what follows at an input map to running time; those downstream are told when sets follow of which that is true. */
  segment(pad: string, event: SegmentEvent): void {
    this.times.note(pad, event);
  }

  /** A source has ended at every input; those downstream are told behind its last set. */
  sourceEnd(source: string, pass: () => Flow): Flow {
    this.times.forget(source);
    const end = (): Flow => {
      this.told.delete(source);
      return pass();
    };
    this.ends.push({ source, arrivals: this.join.arrivalCount, pass: end });
    return this.busy === undefined ? this.pump() : 'ok';
  }

  /** A source begins; those downstream are told at once, but not before they have been told that it had ended before. */
  sourceBegin(source: string, pass: () => Flow): Flow {
    if (!this.ends.some((one) => one.source === source)) return pass();
    this.ends.push({ source, arrivals: this.join.arrivalCount, pass });
    return 'ok';
  }

  /** Sets are on their way downstream. */
  get isBusy(): boolean {
    return this.busy !== undefined;
  }

  /** Nothing more leaves until something else has, which does not fail. */
  follow(other: Promise<void>): void {
    const followed = other
      .then((): Flow => {
        if (this.followed === followed) this.followed = undefined;
        return this.pump();
      })
      .catch((error: unknown): FlowReturn => {
        this.fault = error;
        return 'ok';
      });
    this.followed = followed;
  }

  /** Resolves when every set that is certain has left. */
  async drain(): Promise<undefined> {
    while (this.busy !== undefined) await this.busy;
    this.tellFault();
    if (this.join.inputs.every(({ ended }) => ended)) this.join.clear();
    for (const { pass } of this.ends.splice(0)) await pass();
    return undefined;
  }

  /** What there was in the sets so far, in words. */
  get account(): string {
    return this.builder.account;
  }

  flush(): void {
    this.isClosing = true;
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    this.wake();
    this.join?.clear();
    this.builder.close();
  }

  close(): void {
    this.flush();
  }

  private get busy(): Promise<FlowReturn> | undefined {
    return this.sending ?? this.followed;
  }

  /** Sends what can leave; what it comes to is what the last set came to. */
  private pump(): Flow {
    if (this.busy !== undefined) return this.busy;
    for (let flow = this.step(); flow !== undefined; flow = this.step()) {
      if (flow instanceof Promise) return this.track(flow);
      if (flow !== 'ok' && flow !== 'not-linked') return flow;
    }
    this.wake();
    this.arm();
    const flow = this.owesGap ? this.tellTime() : 'ok';
    return flow === 'ok' && this.join.isOver && !this.isClosing ? 'eos' : flow;
  }

  /** Sends what is next; undefined while nothing can leave. */
  private step(): Flow | undefined {
    if (this.isClosing) return undefined;
    const { forced, join, ends } = this;
    if (ends.length > 0 && forced.length === 0) {
      // The first of a source is due before the others of it.
      const due = ends.findIndex(({ source, arrivals }) => join.isOver || !join.holds(arrivals, (item) => item.source === source));
      if (due >= 0) return ends.splice(due, 1)[0]!.pass();
    }
    const set = forced.shift() ?? join.next();
    return set === undefined ? undefined : this.send(set);
  }

  private send(set: Set): Flow {
    if (set.isSkipped) {
      this.owesGap = true;
      return 'ok';
    }
    if (set.pts > this.said) this.said = set.pts;
    const buffer = this.builder.build(set);
    return buffer instanceof Promise ? buffer.then((one) => this.push(one)) : this.push(buffer);
  }

  private push(set: StreamBuffer): Flow {
    const { source, shift } = this.builder.origin;
    if (shift !== (this.told.get(source) ?? 0)) {
      this.told.set(source, shift);
      // Events and buffers keep their order, whoever waits.
      void this.context.event('src', { type: 'segment', source, start: 0, base: shift });
    }
    return this.context.push('src', set);
  }

  private track(flow: Promise<FlowReturn>): Promise<FlowReturn> {
    const goOn = (result: FlowReturn): Flow => {
      this.sending = undefined;
      return result === 'ok' || result === 'not-linked' ? this.pump() : result;
    };
    this.sending = this.context.waiting(flow).then(goOn, (error: unknown) => {
      this.sending = undefined;
      if (this.isClosing) return 'flushing';
      this.fault = error;
      return 'ok';
    });
    return this.sending;
  }

  private refuse(why: 'not-linked' | 'flushing' | 'eos'): FlowReturn {
    this.context.discarded(why);
    return why;
  }

  /** Whoever brings the next buffer is told of what has gone wrong with a set, once; or who drains. */
  private tellFault(): void {
    const { fault } = this;
    this.fault = undefined;
    if (fault !== undefined) throw fault;
  }

  /** Says how far time has passed without a set. */
  private tellTime(): Flow {
    this.owesGap = false;
    const { bound } = this.join;
    const { source, epoch, shift } = this.builder.origin;
    if (!Number.isFinite(bound) || bound <= this.said) return 'ok';
    const pts = Math.max(this.said, shift, 0);
    this.said = bound;
    return this.context.gap('src', { pts: pts - shift, duration: bound - pts, source, epoch });
  }

  /** Has waiting come to an end, where there is a limit to it. */
  private arm(): void {
    const at = this.deadline;
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    if (at === undefined || this.isClosing) return;
    this.cancelTimer = this.context.clock.schedule(at, () => this.overdue());
  }

  /** Clock time at which the next set leaves with what there is; undefined: when it is settled. */
  private get deadline(): Microseconds | undefined {
    const { join, context, limits } = this;
    if (limits.maxWait === undefined && !context.isLive) return undefined;
    const since = join.waitingSince;
    if (since === undefined) return undefined;
    if (limits.maxWait !== undefined) return since + limits.maxWait;
    return liveDeadline(context, join.waitingFor, since);
  }

  private overdue(): void {
    this.cancelTimer = undefined;
    if (this.busy !== undefined || this.isClosing) return;
    this.warnOfSilent();
    const set = this.join.force();
    if (set === undefined) return;
    this.forced.push(set);
    const flow = this.pump();
    // Whoever brings the next buffer is told.
    if (flow instanceof Promise) flow.catch(() => {});
  }

  private warnOfSilent(): void {
    const { context, plan, join } = this;
    for (const { index } of join.awaited) {
      if (this.silent.has(index)) continue;
      this.silent.add(index);
      const text = `Nothing has come from ${plan.names[index]} (${context.name}.${plan.pads[index]}) for ${formatDuration(context.clock.now() - (join.waitingSince ?? 0))}; sets leave without it`;
      context.warn('join/silent-input', text);
    }
  }

  private warnOfUnlikeTimes(input: JoinInput<StreamBuffer>): void {
    const ahead = this.hasWarnedOfTimes ? undefined : farAhead(this.join.inputs, input);
    if (ahead === undefined) return;
    this.hasWarnedOfTimes = true;
    const { context, plan } = this;
    const text = `What waits at ${plan.names[input.index]} (${context.name}.${plan.pads[input.index]}) is ${formatDuration(ahead)} ahead of the other inputs; have its source count from the same point`;
    context.warn('join/unlike-times', text);
  }

  private news(): Promise<void> {
    return this.context.waiting(new Promise((resolve) => this.waiting.push(resolve)));
  }

  private wake(): void {
    for (const resume of this.waiting.splice(0)) resume();
  }
}
