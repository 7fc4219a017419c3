// Finds for boxes the frames that they belong to, source by source: which may come long before them, or not be kept so long.
//
// A join with the boxes as its pace decides what belongs together; what is added here is that frames are held for so long only,
// and what becomes of boxes that come after that.

import type { ElementContext } from '../../core/element/element-context.ts';
import { Join, type JoinedItems } from '../../core/join/join.ts';
import type { LetGo, Use } from '../../core/join/join-input.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import type { GapEvent, SourceEndEvent } from '../../core/stream/event.ts';
import type { Flow, FlowReturn } from '../../core/stream/flow-return.ts';
import type { Microseconds } from '../../core/time/time.ts';
import { type DetectionsMark, nextMark } from '../../media/detection/detections-mark.ts';
import { liveDeadline } from './live-deadline.ts';

export interface MatchLimits {
  readonly tolerance: Microseconds;
  /** How long a frame is held, in stream time. */
  readonly hold: Microseconds;
  readonly maxPending: number;
  readonly onFull: 'block' | 'dropOldest';
  readonly onLate: 'drop' | 'nearest';
}

/** What is done with a match; undefined where nothing has come of it. */
export type OnMatch = (frame: StreamBuffer, boxes: StreamBuffer, mark: DetectionsMark) => Promise<FlowReturn | undefined>;

export type MatchInput = 'boxes' | 'frames';

interface Track {
  readonly source: string;
  readonly epoch: number;
  readonly join: Join<StreamBuffer>;
  /** Of the boxes that came last. */
  mark: DetectionsMark | undefined;
  /** The newest frame that was let go before its time. */
  lostUntil: Microseconds;
  owesGap: boolean;
  said: Microseconds;
}

const INDEX = { boxes: 0, frames: 1 } as const;

export class BoxMatcher {
  private readonly context: ElementContext;
  private readonly limits: MatchLimits;
  private readonly tracks = new Map<string, Track>();
  private readonly ended = new Set<MatchInput>();
  private readonly waiting: (() => void)[] = [];
  private onMatch!: OnMatch;
  private sending: Promise<FlowReturn> | undefined;
  private cancelTimer: (() => void) | undefined;
  /** Which boxes those that wait are. */
  private readonly marks = new WeakMap<StreamBuffer, DetectionsMark>();
  private isClosing = false;
  private fault: unknown;

  constructor(context: ElementContext, limits: MatchLimits) {
    this.context = context;
    this.limits = limits;
  }

  prepare(onMatch: OnMatch): void {
    this.onMatch = onMatch;
  }

  take(from: MatchInput, buffer: StreamBuffer): Flow {
    if (this.isClosing) {
      this.context.discarded('flushing');
      return 'flushing';
    }
    this.tellFault();
    const track = this.trackOf(buffer);
    // No boxes follow, and nothing waits for its frame.
    if (track.join.isOver) {
      this.context.discarded(from === 'frames' ? 'no-boxes' : 'unmatched');
      return 'ok';
    }
    const input = track.join.inputs[INDEX[from]]!;
    if (input.waiting >= this.limits.maxPending) {
      if (this.limits.onFull === 'block') return this.news().then(() => this.take(from, buffer));
      this.letGoOldest(track, from);
    }
    this.endBefore(from, buffer, buffer.epoch);
    track.join.push(INDEX[from], buffer.retain(), this.context.clock.now());
    if (from === 'frames') this.letGoOld(track, buffer.pts - this.limits.hold);
    else {
      track.mark = nextMark(track.mark, buffer);
      this.marks.set(buffer, track.mark);
    }
    return this.pump();
  }

  gap(from: MatchInput, until: Microseconds, event: GapEvent): Flow {
    const track = this.trackOf(event);
    this.endBefore(from, event, event.epoch);
    track.join.gap(INDEX[from], until);
    track.owesGap = true;
    return this.pump();
  }

  end(from: MatchInput): void {
    this.ended.add(from);
    for (const { join } of this.tracks.values()) join.end(INDEX[from]);
    const flow = this.pump();
    // What it leads to is waited for when the stream is drained.
    if (flow instanceof Promise) flow.catch(() => {});
  }

  sourceEnded(from: MatchInput, event: SourceEndEvent): void {
    this.endBefore(from, event, event.epoch + 1);
    const flow = this.pump();
    if (flow instanceof Promise) flow.catch(() => {});
  }

  /** A source has ended at every input that has heard of it; those downstream are told behind its last crop. */
  async sourceEnd(event: SourceEndEvent, pass: () => Flow): Promise<FlowReturn> {
    const track = this.tracks.get(keyOf(event));
    // An input that has not heard of it yet says so when it has, and ended.
    if (track?.join.inputs.every(({ ended }) => ended) === false) return 'ok';
    while (track !== undefined && this.tracks.get(keyOf(event)) === track && this.sending !== undefined) await this.sending;
    return pass();
  }

  async drain(): Promise<undefined> {
    while (this.sending !== undefined) await this.sending;
    this.tellFault();
    if (this.ended.size === 2) this.clear();
    return undefined;
  }

  flush(): void {
    this.isClosing = true;
    this.cancelTimer?.();
    this.clear();
    this.wake();
  }

  close(): void {
    this.flush();
  }

  private clear(): void {
    for (const { join } of this.tracks.values()) join.clear();
    this.tracks.clear();
  }

  private trackOf({ source, epoch }: Pick<StreamBuffer, 'source' | 'epoch'>): Track {
    const key = keyOf({ source, epoch });
    let track = this.tracks.get(key);
    if (track === undefined) {
      const none = Number.NEGATIVE_INFINITY;
      track = { source, epoch, join: this.makeJoin(), mark: undefined, lostUntil: none, owesGap: false, said: none };
      this.tracks.set(key, track);
    }
    return track;
  }

  private makeJoin(): Join<StreamBuffer> {
    const input = { required: false, maxAge: 0, onMissing: 'null' } as const;
    const { tolerance, onLate } = this.limits;
    // Where any frame will do, it has to be there to choose from; how far it lies is looked at then.
    const reach = onLate === 'nearest' ? Math.max(tolerance, 3.6e9) : tolerance;
    const inputs = [
      { ...input, tolerance: 0 },
      { ...input, tolerance: reach },
    ];
    const { context } = this;
    const letGo: LetGo<StreamBuffer> = (buffer, index, why) => {
      buffer.release();
      if (why === 'used') return;
      context.discarded(this.isClosing ? 'flushing' : why === 'unmatched' && index === INDEX.frames ? 'no-boxes' : why);
    };
    // Boxes are handled when all their crops have left.
    const use: Use<StreamBuffer> = (_buffer, index) => {
      if (index === INDEX.frames) context.finished();
    };
    const join = new Join<StreamBuffer>({ policy: 'base', base: INDEX.boxes, inputs }, letGo, use);
    for (const one of this.ended) join.end(INDEX[one]);
    return join;
  }

  /** Nothing comes by an input any more of a source's epochs before this one. */
  private endBefore(from: MatchInput, { source }: Pick<StreamBuffer, 'source'>, epoch: number): void {
    for (const track of this.tracks.values()) if (track.source === source && track.epoch < epoch) track.join.end(INDEX[from]);
  }

  private letGoOld(track: Track, before: Microseconds): void {
    const input = track.join.inputs[INDEX.frames]!;
    while (input.head !== undefined && input.head.pts < before) this.letGoOldest(track, 'frames');
  }

  private letGoOldest(track: Track, from: MatchInput): void {
    const input = track.join.inputs[INDEX[from]]!;
    if (from === 'frames') track.lostUntil = input.head!.pts;
    input.dropOldest();
  }

  /** Works off what is certain; whoever brought the last of it waits for that. */
  private pump(): Flow {
    if (this.sending !== undefined) return this.sending;
    const found = this.next();
    if (found === undefined) return this.rest();
    this.sending = this.work(found).finally(() => {
      this.sending = undefined;
    });
    return this.sending.then((flow) => (flow === 'ok' || flow === 'not-linked' ? this.pump() : flow));
  }

  private next(): readonly [Track, JoinedItems<StreamBuffer>] | undefined {
    if (this.isClosing) return undefined;
    for (const [key, track] of this.tracks) {
      if (isOver(track)) {
        track.join.clear();
        this.tracks.delete(key);
        continue;
      }
      const set = track.join.next() ?? (this.isDue(track, 'boxes') ? track.join.force() : undefined);
      if (set !== undefined) return [track, set];
    }
    return undefined;
  }

  private async work([track, { members }]: readonly [Track, JoinedItems<StreamBuffer>]): Promise<FlowReturn> {
    const [boxes, frame] = [members[INDEX.boxes]!.item, members[INDEX.frames]?.item];
    const { tolerance, onLate } = this.limits;
    const isLost = boxes.pts - tolerance <= track.lostUntil;
    const isMatch = frame !== undefined && (Math.abs(frame.pts - boxes.pts) <= tolerance || (isLost && onLate === 'nearest'));
    if (!isMatch) {
      this.context.discarded(isLost ? 'late' : 'unmatched');
      return this.gapFor(boxes);
    }
    boxes.retain();
    frame.retain();
    try {
      const flow = (await this.onMatch(frame, boxes, this.marks.get(boxes)!)) ?? (await this.gapFor(boxes));
      this.context.finished();
      return flow;
    } catch (error) {
      this.context.discarded(this.isClosing ? 'flushing' : 'error');
      if (this.isClosing) return 'flushing';
      this.fault = error;
      return 'ok';
    } finally {
      frame.release();
      boxes.release();
    }
  }

  /** Nothing comes of these boxes; whoever waits for it downstream is told. */
  private gapFor({ pts, duration, source, epoch }: StreamBuffer): Flow {
    return this.context.gap('src', { pts, duration: Math.max(1, duration ?? 1), source, epoch });
  }

  /** Nothing more is certain: whoever waits for room is woken, and downstream is told how far time has passed. */
  private rest(): Flow {
    // Frames may be of use for longer than that, but no camera waits for it.
    for (const track of this.tracks.values()) if (this.isFull(track) && this.isDue(track, 'frames')) this.letGoOldest(track, 'frames');
    this.wake();
    this.arm();
    let flow = 'ok' as Flow;
    for (const track of this.tracks.values()) {
      const { bound } = track.join;
      if (!track.owesGap || !Number.isFinite(bound) || bound <= track.said) continue;
      const pts = Math.max(0, track.said);
      const { source, epoch } = track;
      Object.assign(track, { owesGap: false, said: bound });
      const tell = (): Flow => this.context.gap('src', { pts, duration: bound - pts, source, epoch });
      flow = flow instanceof Promise ? flow.then(tell) : tell();
    }
    return flow;
  }

  /** Clock time at which the oldest of an input waits no longer; undefined where waiting has no end. */
  private deadlineOf({ join }: Track, from: MatchInput): Microseconds | undefined {
    const { head, headSince } = join.inputs[INDEX[from]]!;
    return head === undefined ? undefined : liveDeadline(this.context, head.pts, headSince!);
  }

  /** Whether whoever brings the next frame has to wait. */
  private isFull({ join }: Track): boolean {
    return join.inputs[INDEX.frames]!.waiting >= this.limits.maxPending;
  }

  private isDue(track: Track, from: MatchInput): boolean {
    const at = this.deadlineOf(track, from);
    return at !== undefined && this.context.clock.now() >= at;
  }

  /** Has waiting come to an end in a live graph. */
  private arm(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    if (this.isClosing || !this.context.isLive) return;
    const ends = [...this.tracks.values()].flatMap((track) => [
      this.deadlineOf(track, 'boxes') ?? Number.POSITIVE_INFINITY,
      (this.isFull(track) ? this.deadlineOf(track, 'frames') : undefined) ?? Number.POSITIVE_INFINITY,
    ]);
    const at = Math.min(...ends);
    if (at === Number.POSITIVE_INFINITY) return;
    this.cancelTimer = this.context.clock.schedule(at, () => {
      const flow = this.pump();
      if (flow instanceof Promise) flow.catch(() => {});
    });
  }

  /** Whoever brings the next buffer is told of what has gone wrong with a match, once; or who drains. */
  private tellFault(): void {
    const { fault } = this;
    this.fault = undefined;
    if (fault !== undefined) throw fault;
  }

  private news(): Promise<void> {
    return this.context.waiting(new Promise((resolve) => this.waiting.push(resolve)));
  }

  private wake(): void {
    for (const resume of this.waiting.splice(0)) resume();
  }
}

function keyOf({ source, epoch }: Pick<StreamBuffer, 'source' | 'epoch'>): string {
  return `${epoch} ${source}`;
}

/** Nothing more comes of it, and nothing waits that could be part of a match. */
function isOver({ join: { inputs } }: Track): boolean {
  return inputs.every(({ ended }) => ended) && inputs[INDEX.boxes]!.head === undefined;
}
