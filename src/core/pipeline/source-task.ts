// The task of a source: asks it for buffers for as long as downstream takes them, then ends the stream.

import type { Element } from '../element/element.ts';
import { releaseOutput } from '../element/hook-output.ts';
import type { SrcPad } from '../element/pad.ts';
import { tellHook } from '../element/tell-hook.ts';
import { ElementError } from '../errors.ts';
import { StreamBuffer } from '../stream/buffer.ts';
import type { StreamEvent } from '../stream/event.ts';
import type { Flow, FlowReturn } from '../stream/flow-return.ts';
import { OnPad } from '../stream/on-pad.ts';
import { Skipped } from '../stream/skipped.ts';
import type { Microseconds } from '../time/time.ts';
import type { Timeline } from '../time/timeline.ts';
import type { Scheduler, Task } from './scheduler.ts';
import { SourceStream } from './source-stream.ts';

/** What `produce` may give. */
type Produced = StreamBuffer | OnPad | Skipped | undefined;

/** Faults one after the other that a source may skip before it has failed. */
const MAX_FAULTS = 16;

/** The epoch in which a source begins, and the running time at which it does, where its times begin, too. */
export interface SourceStart {
  readonly epoch: number;
  readonly at: Microseconds;
}

/** The epoch that a source's stream was announced with, and the first one that none of its buffers can have had. */
export interface SourceEpochs {
  readonly epoch: number;
  readonly nextEpoch: number;
}

export class SourceTask implements Task {
  readonly depth = 0;
  readonly maxBurst = 16;
  burst = 1;
  isReady = false;
  readonly element: Element;
  private readonly scheduler: Scheduler;
  private readonly timeline: Timeline;
  private readonly whenEnded: (() => void) | undefined;
  private blocked = true;
  private stopping = false;
  private isHeld = false;
  private ended = false;
  /** What leaves by the first src pad, and by each of the others. */
  private readonly main = new SourceStream();
  private readonly others = new Map<SrcPad, SourceStream>();
  /** What `produce` is at work on, or what a restart comes to. */
  private working: Promise<unknown> | undefined;
  /** Added to the epochs of the element's buffers: its restarts. */
  private epochs = 0;
  private lastEpoch = 0;
  private lastSource = '';
  private faults = 0;
  private lastPts = Number.NEGATIVE_INFINITY;
  private lastEnd = 0;
  /** Added to the times of a source: of one that came later, or whose times went back. */
  private shift = 0;
  /** Running time less pts, of what a file gives. */
  private offset: Microseconds = 0;
  /** Running time at which the source came, or at which it was opened anew where it is live: nothing it gives can be earlier. */
  private beganAt: Microseconds = Number.NEGATIVE_INFINITY;

  /** @param whenEnded Called when its stream has come to its end, for whatever reason. */
  constructor(
    element: Element,
    scheduler: Scheduler,
    timeline: Timeline,
    start: SourceStart = { epoch: 0, at: 0 },
    whenEnded?: () => void,
  ) {
    this.element = element;
    this.scheduler = scheduler;
    this.timeline = timeline;
    this.whenEnded = whenEnded;
    this.epochs = start.epoch;
    this.lastEpoch = start.epoch;
    if (start.at > 0) this.comeAt(start.at);
    element.needs.own = (source, epoch) => this.ownNeed(source, epoch + this.epochs);
  }

  get epochSpan(): SourceEpochs {
    return { epoch: this.epochs, nextEpoch: Math.max(this.epochs, this.lastEpoch) + 1 };
  }

  /** Ends the stream early; the epochs that it had. */
  endNow(): SourceEpochs {
    this.stop();
    return this.epochSpan;
  }

  /** Resolves when the element is not at work for it any more; undefined when it is not now. */
  get busy(): Promise<unknown> | undefined {
    return this.working;
  }

  /** Announces the stream and begins to produce. */
  start(): void {
    void this.announce().then(() => {
      // Its first buffer is of now, however long those behind it took to hear of it.
      if (this.shift > 0) this.comeAt(this.timeline.now);
      this.unblock();
    });
  }

  /** Ends the stream early: what is under way is let go when it comes. */
  stop(): void {
    if (this.stopping) return;
    this.stopping = true;
    this.element.restarts.cancel();
    const { element } = this;
    tellHook(
      () => element.hooks?.stop?.(),
      (error) => element.faults.fail(undefined, ElementError.from(element.name, error)),
    );
    this.end();
  }

  /**
   * Gives nothing for as long as it is held. A source that cannot be held back goes on: what it gives is dropped as `paused`, with a
   * gap in its place.
   */
  hold(isHeld: boolean): void {
    if (this.isHeld === isHeld) return;
    this.isHeld = isHeld;
    if (!isHeld) this.again();
  }

  /** Gives up without an end of the stream. */
  abort(): void {
    this.ended = true;
  }

  step(): void {
    const { element } = this;
    if (this.timeline.isPaused) {
      this.timeline.whenPlayed(() => this.again());
      return;
    }
    if (this.isHeld && !element.isLive) return;
    if (element.life.remaking !== undefined) {
      void element.life.remaking.then(() => this.again());
      return;
    }
    // Of a burst, which is short, the time is taken once; and before each buffer whose own time is taken.
    let start = element.clock.now();
    for (let left = this.burst; left > 0 && !this.blocked && !this.ended; left--) {
      let produced: Produced | Promise<Produced>;
      const { isTimed } = element.statistics;
      if (isTimed && left < this.burst) start = element.clock.now();
      try {
        produced = element.hooks!.produce!();
      } catch (error) {
        this.failed(error);
        return;
      }
      if (produced instanceof Promise) {
        this.blocked = true;
        // What it waits for, its time or room in a pool, is not its work.
        const limited = element.limit.within(produced, [], (late) => releaseOutput(late instanceof OnPad ? late.buffer : late, []));
        const away = isTimed ? element.hookTime.away.begin(element.clock.now()) : 0;
        const back = (): Microseconds => (isTimed ? element.hookTime.away.end(away, element.clock.now()) : 0);
        element.life.producing = limited.then(
          (given) => this.resume(given, isTimed ? start + back() : 0),
          (error: unknown) => {
            back();
            element.life.producing = undefined;
            this.working = undefined;
            this.blocked = false;
            this.failed(error);
          },
        );
        this.working = element.life.producing;
        return;
      }
      if (isTimed) this.deliver(produced, start);
      else this.deliver(produced, 0, start);
    }
    this.again();
  }

  crashed(error: unknown): void {
    this.failed(error);
  }

  private async announce(): Promise<void> {
    const { element } = this;
    const { announces } = element.definition;
    if (announces !== true) await element.outlet.forward({ type: 'stream-start', source: element.name, epoch: this.epochs });
    for (const pad of element.srcPads.values()) {
      if (pad.isAbsent) {
        await element.outlet.endAbsent(pad);
        continue;
      }
      if (pad.caps !== undefined) await pad.pushEvent({ type: 'caps', caps: pad.caps });
      if (announces !== true) await pad.pushEvent({ type: 'segment', source: element.name, start: 0, base: this.offset });
    }
  }

  /** The source was not there from the beginning: its times begin where running time is. */
  private comeAt(now: Microseconds): void {
    this.shift = now;
    this.beganAt = now;
    this.lastEnd = now;
  }

  private resume(produced: Produced, start: number): void {
    this.element.life.producing = undefined;
    this.working = undefined;
    this.blocked = false;
    this.deliver(produced, start);
    this.again();
  }

  /** @param start When `produce` was called, where that is to be counted; else 0. */
  private deliver(produced: Produced, start: number, now = this.element.clock.now()): void {
    const { element } = this;
    if (produced instanceof StreamBuffer) this.send(produced, undefined, start, now);
    else if (produced === undefined) this.end();
    else if (produced instanceof Skipped) this.skip(produced);
    else if (produced instanceof OnPad) {
      const pad = element.srcPads.get(produced.pad);
      if (pad !== undefined) this.send(produced.buffer, pad === element.outlet.main ? undefined : pad, start, now);
      else {
        produced.release();
        const pads = [...element.srcPads.keys()].join(', ');
        const text = `${element.name}: produce gave a buffer for pad ${produced.pad}, which it does not have; expected ${pads}`;
        this.failed(new ElementError(element.name, 'element/wrong-output', text));
      }
    } else {
      releaseOutput(produced, []);
      this.failed(new ElementError(element.name, 'element/wrong-output', `${element.name}: produce must return a buffer or nothing`));
    }
  }

  /** @param pad By which the buffer leaves; undefined for the first. */
  private send(given: StreamBuffer, pad: SrcPad | undefined, start: number, now: Microseconds): void {
    const { element } = this;
    // It would be compared with others for ever, and be neither before nor behind any of them.
    if (!Number.isFinite(given.pts + (given.duration ?? 0))) {
      given.release();
      const { pts, duration = 'not said' } = given;
      const text = `${element.name}: produce gave a buffer with pts ${pts} and duration ${duration}; expected whole microseconds`;
      this.failed(new ElementError(element.name, 'element/wrong-output', text));
      return;
    }
    const { statistics } = element;
    let buffer = given;
    statistics.received++;
    if (this.ended) {
      element.losses.drop(buffer, 'eos');
      return;
    }
    const stream = pad === undefined ? this.main : this.streamOf(pad);
    this.faults = 0;
    statistics.handled++;
    if (start !== 0) element.hookTime.worked(start, 1, now);
    if (buffer.bornAt === 0) buffer.bornAt = now;
    if (buffer.source === '') buffer.source = element.name;
    // What comes from another source, a recorded one say, has its number already.
    if (buffer.source === element.name || !buffer.isNumbered) buffer.sequence = stream.sequence++;
    if (this.epochs > 0) buffer.epoch += this.epochs;
    if (buffer.epoch !== this.lastEpoch && this.isLatest(buffer.source)) this.beginEpoch(buffer.pts);
    if (this.shift !== 0) buffer = this.shifted(buffer);
    const inOrder = stream.isInOrder(buffer) ? buffer : this.reorder(buffer, stream);
    if (inOrder === undefined) return;
    const { pts, duration = 0, epoch, source } = inOrder;
    stream.passed(pts, duration, epoch, source);
    // All streams of a source keep to one time: that of the one that is ahead.
    if (pad === undefined || pts > this.lastPts || epoch !== this.lastEpoch) {
      this.lastPts = pts;
      this.lastEnd = pts + duration;
    }
    this.lastEpoch = epoch;
    this.lastSource = source;
    if (this.isHeld && element.isLive) {
      statistics.handled--;
      stream.hasLost = true;
      element.losses.drop(inOrder, 'paused');
      const passed = this.tell({ type: 'gap', pts, duration, source, epoch }, pad);
      if (passed instanceof Promise) this.await(passed);
      return;
    }
    if (pts < element.needs.from(source, epoch)) {
      statistics.handled--;
      const skipped = this.tell(element.losses.skip(inOrder), pad);
      // Who leaves everything out has to let others have their turn all the same.
      if (skipped instanceof Promise) this.await(skipped);
      return;
    }
    const sent = stream.hasLost ? marked(inOrder, stream) : inOrder;
    const flow = pad === undefined ? element.outlet.send(sent) : pad.push(sent);
    if (!(flow instanceof Promise)) {
      this.note(flow, stream);
      return;
    }
    this.await(flow, stream);
  }

  /** Says something beside the buffers of a src pad; what concerns the first of an element's concerns those that go with it. */
  private tell(event: StreamEvent, pad: SrcPad | undefined): Flow {
    if (pad !== undefined) return pad.pushEvent(event);
    return this.others.size === 0 ? this.element.outlet.forward(event) : this.element.outlet.main!.pushEvent(event);
  }

  private streamOf(pad: SrcPad): SourceStream {
    let stream = this.others.get(pad);
    if (stream === undefined) {
      stream = new SourceStream();
      this.others.set(pad, stream);
    }
    return stream;
  }

  /** A buffer is not given, since nobody needs it or it is no good: its number and its time are as if it had been there. */
  private skip({ pts: own, duration, cause, epoch: ownEpoch }: Skipped): void {
    const { element } = this;
    element.statistics.received++;
    if (this.ended) {
      element.statistics.drop('eos');
      return;
    }
    this.faults = 0;
    this.main.sequence++;
    const epoch = this.epochs + ownEpoch;
    if (epoch !== this.lastEpoch) this.beginEpoch(own);
    const pts = own + this.shift;
    this.lastEpoch = epoch;
    this.lastSource = element.name;
    this.lastPts = pts;
    this.lastEnd = pts + duration;
    this.main.passed(pts, duration, epoch, element.name);
    element.statistics.drop(cause);
    element.losses.dropped(cause, 1);
    // Who leaves everything out has to let others have their turn all the same.
    const passed = element.outlet.forward({ type: 'gap', pts, duration, source: element.name, epoch });
    if (passed instanceof Promise) this.await(passed);
  }

  private ownNeed(source: string, epoch: number): Microseconds {
    return this.element.needs.from(source, epoch) - (epoch === this.lastEpoch ? this.shift : 0);
  }

  private await(flow: Promise<FlowReturn>, stream = this.main): void {
    this.blocked = true;
    void flow.then((result) => {
      this.blocked = false;
      this.note(result, stream);
      this.again();
    });
  }

  /**
   * Times may begin anew with an epoch; running time goes on. Those of a live source are moved to now, where others see them, too; what it
   * gave before it was opened anew cannot come from it now. Those of a file stay as they are, and a segment says where they go on.
   */
  private beginEpoch(start: Microseconds): void {
    const { element } = this;
    this.shift = 0;
    if (element.definition.announces === true || start >= Math.max(this.lastPts, this.beganAt)) return;
    if (element.isLive) {
      this.shift = this.timeline.now - start;
      return;
    }
    const base = this.lastEnd + this.offset;
    this.offset = base - start;
    // Pads keep events and buffers in order, whoever waits.
    void element.outlet.forward({ type: 'segment', source: element.name, start, base });
  }

  /** What becomes of a buffer that is earlier than the one before it; undefined when it goes no further. */
  private reorder(buffer: StreamBuffer, { lastPts, lastEnd }: SourceStream): StreamBuffer | undefined {
    const { element } = this;
    const policy = element.description.onNonMonotonic ?? 'rebase';
    if (policy === 'rebase') {
      this.shift += lastEnd - buffer.pts;
      const rebased = buffer.derive({ pts: lastEnd, discont: true });
      buffer.release();
      return rebased;
    }
    const { name, statistics } = element;
    statistics.handled--;
    if (policy === 'drop') {
      element.losses.drop(buffer, 'non-monotonic');
      return undefined;
    }
    const text = `${name} gave a buffer at ${buffer.pts} µs after one at ${lastPts} µs; set ${name}.onNonMonotonic to drop or rebase`;
    element.losses.drop(buffer, 'error');
    this.failed(new ElementError(name, 'element/non-monotonic', text));
    return undefined;
  }

  /** Whether what came last, if anything has, was of the same source. */
  private isLatest(source: string): boolean {
    return this.lastSource === '' || source === this.lastSource;
  }

  /** A buffer of a source whose times are not running time. */
  private shifted(buffer: StreamBuffer): StreamBuffer {
    const shifted = buffer.derive({ pts: buffer.pts + this.shift });
    buffer.release();
    return shifted;
  }

  private note(flow: FlowReturn, stream: SourceStream): void {
    if (flow === 'ok') return;
    stream.isOver = true;
    if (flow === 'not-negotiated') {
      const { name } = this.element;
      const text = `${name} gave a buffer that downstream has not agreed to: its caps were never settled`;
      this.element.faults.fail(undefined, new ElementError(name, 'element/not-negotiated', text));
      this.end();
    }
    if (this.isOver) this.end();
  }

  /** Whether nobody takes any of its streams any more. */
  private get isOver(): boolean {
    const { srcPads, outlet } = this.element;
    if (srcPads.size === 1) return this.main.isOver;
    return [...srcPads.values()].every(
      (pad) => pad.peer === undefined || (pad === outlet.main ? this.main : this.others.get(pad))?.isOver === true,
    );
  }

  private failed(error: unknown): void {
    if (this.ended) return;
    const { element } = this;
    const policy = element.description.onError ?? 'fail';
    const fault = ElementError.from(element.name, error);
    if (policy === 'skip' && ++this.faults <= MAX_FAULTS) {
      element.losses.notGiven(fault);
      this.again();
    } else if (policy === 'restart') this.restart(fault);
    else {
      element.faults.endWith(fault);
      this.end();
    }
  }

  /** Has the element opened anew; what follows belongs to another epoch. */
  private restart(fault: ElementError): void {
    this.blocked = true;
    // Nobody has to wait for it meanwhile.
    const { outlet, name } = this.element;
    void outlet.forward({ type: 'gap', pts: this.lastEnd, duration: 0, source: this.lastSource || name, epoch: this.lastEpoch });
    this.working = this.element.restarts.restart(fault).then(async (flow) => {
      if (flow === 'ok' && !this.ended) {
        this.epochs = Math.max(this.epochs, this.lastEpoch) + 1;
        if (this.element.isLive) this.beganAt = this.timeline.now;
        await this.announce();
      } else this.end();
      this.working = undefined;
      this.unblock();
    });
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    void this.element.outlet.end();
    this.whenEnded?.();
  }

  private unblock(): void {
    this.blocked = false;
    this.again();
  }

  private again(): void {
    if (!this.blocked && !this.ended) this.scheduler.ready(this);
  }
}

/** Something before it was lost. */
function marked(buffer: StreamBuffer, stream: SourceStream): StreamBuffer {
  stream.hasLost = false;
  const one = buffer.derive({ discont: true });
  buffer.release();
  return one;
}
