// Detections that wait for what is said of their objects. The state of each source and epoch is its own.

import type { FixedCaps } from '../../core/caps/caps.ts';
import type { ElementContext } from '../../core/element/element-context.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import type { GapEvent, SourceEndEvent } from '../../core/stream/event.ts';
import type { Flow, FlowReturn } from '../../core/stream/flow-return.ts';
import type { Microseconds } from '../../core/time/time.ts';
import type { Classification, ClassificationSet } from '../../media/detection/classifications.ts';
import type { DetectionSet } from '../../media/detection/detections.ts';
import { compareMarks, type DetectionsMark, nextMark } from '../../media/detection/detections-mark.ts';
import { liveDeadline } from './live-deadline.ts';

export interface AttachLimits {
  readonly maxWait: Microseconds | undefined;
  readonly maxPending: number;
}

/** What has been said of the objects of some detections. */
interface Said {
  readonly of: DetectionsMark;
  readonly classes: Map<number, readonly Classification[]>;
  readonly slots: number;
  heard: number;
}

interface Held {
  readonly buffer: StreamBuffer;
  readonly mark: DetectionsMark;
  readonly at: Microseconds;
}

type Word = Held | GapEvent;

interface Track {
  readonly source: string;
  readonly epoch: number;
  readonly words: Word[];
  /** Few at any time. */
  readonly said: Said[];
  /** Classes of earlier times do not come any more. */
  bound: Microseconds;
  /** Nor do those of detections before these. */
  heardOf: DetectionsMark | undefined;
  /** The detections that came last. */
  mark: DetectionsMark | undefined;
  /** No more detections come. */
  hasEnded: boolean;
  /** Detections up to these have left. */
  sent: DetectionsMark | undefined;
}

export class ClassAttacher {
  private readonly context: ElementContext;
  private readonly limits: AttachLimits;
  private readonly tracks = new Map<string, Track>();
  private readonly waiting: (() => void)[] = [];
  private caps!: FixedCaps;
  private hasClassesEnded = false;
  private sending: Promise<FlowReturn> | undefined;
  private cancelTimer: (() => void) | undefined;
  private isClosing = false;

  constructor(context: ElementContext, limits: AttachLimits) {
    this.context = context;
    this.limits = limits;
  }

  prepare(caps: FixedCaps): void {
    this.caps = caps;
  }

  takeDetections(buffer: StreamBuffer): Flow {
    if (this.isClosing) return this.refuse();
    const track = this.trackOf(buffer);
    this.endBefore(true, buffer, buffer.epoch);
    if (track.words.length >= this.limits.maxPending) return this.news().then(() => this.takeDetections(buffer));
    track.mark = nextMark(track.mark, buffer);
    track.words.push({ buffer: buffer.retain(), mark: track.mark, at: this.context.clock.now() });
    return this.pump();
  }

  takeClasses({ source, epoch, pts, value, meta: { object } }: StreamBuffer): Flow {
    if (this.isClosing) return this.refuse();
    const track = this.trackOf({ source, epoch });
    this.endBefore(false, { source }, epoch);
    track.bound = Math.max(track.bound, pts);
    if (object === undefined) {
      this.context.discarded('unmatched');
      return this.pump();
    }
    const { slots } = object;
    const of = { pts, ...object.of };
    if (track.heardOf === undefined || compareMarks(of, track.heardOf) > 0) track.heardOf = of;
    if (track.sent !== undefined && compareMarks(of, track.sent) <= 0) {
      this.context.discarded('late');
      return this.pump();
    }
    let said = track.said.find((one) => compareMarks(one.of, of) === 0);
    if (said === undefined) {
      said = { of, classes: new Map(), slots, heard: 0 };
      track.said.push(said);
    }
    said.heard++;
    said.classes.set(object.item, (value as ClassificationSet).items);
    return this.pump();
  }

  gap(isOfDetections: boolean, until: Microseconds, event: GapEvent): Flow {
    const track = this.trackOf(event);
    this.endBefore(isOfDetections, event, event.epoch);
    if (isOfDetections) track.words.push(event);
    else track.bound = Math.max(track.bound, until);
    return this.pump();
  }

  end(isOfDetections: boolean): void {
    if (!isOfDetections) this.hasClassesEnded = true;
    const flow = this.pump();
    if (flow instanceof Promise) flow.catch(() => {});
  }

  sourceEnded(isOfDetections: boolean, event: SourceEndEvent): void {
    this.endBefore(isOfDetections, event, event.epoch + 1);
    const flow = this.pump();
    if (flow instanceof Promise) flow.catch(() => {});
  }

  /** A source has ended at every input that has heard of it; those downstream are told behind the last of its detections. */
  async sourceEnd(event: SourceEndEvent, pass: () => Flow): Promise<FlowReturn> {
    const track = this.tracks.get(keyOf(event));
    // An input that has not heard of it yet says so when it has, and ended.
    if (track !== undefined && !(track.hasEnded && track.bound === Number.POSITIVE_INFINITY)) return 'ok';
    while (track !== undefined && this.tracks.get(keyOf(event)) === track && this.sending !== undefined) await this.sending;
    return pass();
  }

  async drain(): Promise<undefined> {
    while (this.sending !== undefined) await this.sending;
    if (!this.hasClassesEnded) return undefined;
    // What is left of the others goes when the element is closed.
    for (const track of this.tracks.values()) if (track.words.length === 0) this.forget(track);
    return undefined;
  }

  flush(): void {
    this.isClosing = true;
    this.cancelTimer?.();
    for (const { words, said } of this.tracks.values()) {
      for (const word of words) {
        if (!('buffer' in word)) continue;
        word.buffer.release();
        this.context.discarded('flushing');
      }
      for (const { heard } of said) this.context.discarded('flushing', heard);
    }
    this.tracks.clear();
    this.wake();
  }

  private refuse(): FlowReturn {
    this.context.discarded('flushing');
    return 'flushing';
  }

  private trackOf({ source, epoch }: Pick<StreamBuffer, 'source' | 'epoch'>): Track {
    const key = keyOf({ source, epoch });
    let track = this.tracks.get(key);
    if (track === undefined) {
      const bound = Number.NEGATIVE_INFINITY;
      track = { source, epoch, words: [], said: [], bound, heardOf: undefined, mark: undefined, hasEnded: false, sent: undefined };
      this.tracks.set(key, track);
    }
    return track;
  }

  /** Nothing comes by an input any more of a source's epochs before this one. */
  private endBefore(isOfDetections: boolean, { source }: Pick<StreamBuffer, 'source'>, epoch: number): void {
    for (const track of this.tracks.values()) {
      if (track.source !== source || track.epoch >= epoch) continue;
      if (isOfDetections) track.hasEnded = true;
      else track.bound = Number.POSITIVE_INFINITY;
    }
  }

  /** What was said of times at which there are no detections stays alone. */
  private forget(track: Track): void {
    for (const { heard } of track.said) this.context.discarded('unmatched', heard);
    this.tracks.delete(keyOf(track));
  }

  /** Whether detections of an earlier epoch have to leave first. */
  private isBehind({ source, epoch }: Track): boolean {
    if (epoch === 0) return false;
    for (const other of this.tracks.values()) if (other.source === source && other.epoch < epoch && other.words.length > 0) return true;
    return false;
  }

  /** Sends what is settled. */
  private pump(): Flow {
    if (this.sending !== undefined) return this.sending;
    for (let step = this.next(); step !== undefined; step = this.next()) {
      const flow = step();
      if (flow instanceof Promise) {
        this.sending = this.context.waiting(flow).finally(() => {
          this.sending = undefined;
        });
        return this.sending.then((result) => (result === 'ok' || result === 'not-linked' ? this.pump() : result));
      }
      if (flow !== 'ok' && flow !== 'not-linked') return flow;
    }
    this.wake();
    this.arm();
    return 'ok';
  }

  /** What can leave next. */
  private next(): (() => Flow) | undefined {
    if (this.isClosing) return undefined;
    for (const track of this.tracks.values()) {
      const word = track.words[0];
      if (word === undefined && track.hasEnded && track.bound === Number.POSITIVE_INFINITY) this.forget(track);
      if (word === undefined || !this.isSettled(track, word) || this.isBehind(track)) continue;
      track.words.shift();
      return 'buffer' in word ? () => this.send(track, word) : () => this.context.gap('src', word);
    }
    return undefined;
  }

  private isSettled({ said, bound, heardOf }: Track, word: Word): boolean {
    if (!('buffer' in word) || this.hasClassesEnded) return true;
    const { mark, buffer } = word;
    const { pts, value } = buffer;
    const isPassed = bound > pts || (heardOf !== undefined && compareMarks(heardOf, mark) > 0);
    if (isPassed || (value as DetectionSet).items.length === 0) return true;
    const own = said.find(({ of }) => compareMarks(of, mark) === 0);
    if (own !== undefined && own.heard >= own.slots) return true;
    const at = this.deadlineOf(word);
    return at !== undefined && this.context.clock.now() >= at;
  }

  /** Clock time at which detections leave with what there is; undefined: when it is settled. */
  private deadlineOf({ buffer, at }: Held): Microseconds | undefined {
    const { maxWait } = this.limits;
    return maxWait === undefined ? liveDeadline(this.context, buffer.pts, at) : at + maxWait;
  }

  private send(track: Track, { buffer, mark }: Held): Flow {
    track.sent = mark;
    let own: Said | undefined;
    for (let index = track.said.length - 1; index >= 0; index--) {
      const one = track.said[index]!;
      const order = compareMarks(one.of, mark);
      if (order > 0) continue;
      if (order < 0) this.context.discarded('unmatched', one.heard);
      else {
        this.context.finished(one.heard);
        own = one;
      }
      track.said.splice(index, 1);
    }
    const { items, ...rest } = buffer.value as DetectionSet;
    const attached = items.map((item, index) => {
      const classes = own?.classes.get(index);
      return classes === undefined ? item : { ...item, classes };
    });
    const result = buffer.derive({ caps: this.caps, value: { ...rest, items: attached } });
    buffer.release();
    this.context.finished();
    return this.context.push('src', result);
  }

  /** Has the wait of those that came first come to an end, where there is a limit to it. */
  private arm(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    if (this.isClosing || (this.limits.maxWait === undefined && !this.context.isLive)) return;
    const ends = [...this.tracks.values()].flatMap(({ words: [word] }) =>
      word !== undefined && 'buffer' in word ? [this.deadlineOf(word)!] : [],
    );
    if (ends.length === 0) return;
    this.cancelTimer = this.context.clock.schedule(Math.min(...ends), () => {
      const flow = this.pump();
      if (flow instanceof Promise) flow.catch(() => {});
    });
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
