// Detections that wait for what is said of their objects. The state of each source and epoch is its own.

import type { FixedCaps } from '../../core/caps/caps.ts';
import type { ElementContext } from '../../core/element/element-context.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import type { GapEvent } from '../../core/stream/event.ts';
import type { Flow, FlowReturn } from '../../core/stream/flow-return.ts';
import type { Microseconds } from '../../core/time/time.ts';
import type { Classification, ClassificationSet } from '../../media/detection/classifications.ts';
import type { DetectionSet } from '../../media/detection/detections.ts';
import { liveDeadline } from './live-deadline.ts';

export interface AttachLimits {
  readonly maxWait: Microseconds | undefined;
  readonly maxPending: number;
}

/** What has been said of the objects of one time. */
interface Said {
  readonly classes: Map<number, readonly Classification[]>;
  readonly slots: number;
  heard: number;
}

interface Held {
  readonly buffer: StreamBuffer;
  readonly at: Microseconds;
}

type Word = Held | GapEvent;

interface Track {
  readonly words: Word[];
  readonly said: Map<Microseconds, Said>;
  /** Classes of earlier times do not come any more. */
  bound: Microseconds;
  /** Detections up to this time have left. */
  sentUntil: Microseconds;
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
    if (track.words.length >= this.limits.maxPending) return this.news().then(() => this.takeDetections(buffer));
    track.words.push({ buffer: buffer.retain(), at: this.context.clock.now() });
    return this.pump();
  }

  takeClasses({ source, epoch, pts, value, meta: { object } }: StreamBuffer): Flow {
    if (this.isClosing) return this.refuse();
    const track = this.trackOf({ source, epoch });
    track.bound = Math.max(track.bound, pts);
    if (object === undefined || pts <= track.sentUntil) {
      this.context.discarded(object === undefined ? 'unmatched' : 'late');
      return this.pump();
    }
    let said = track.said.get(pts);
    if (said === undefined) {
      said = { classes: new Map(), slots: object.slots, heard: 0 };
      track.said.set(pts, said);
    }
    said.heard++;
    said.classes.set(object.item, (value as ClassificationSet).items);
    return this.pump();
  }

  gap(isOfDetections: boolean, until: Microseconds, event: GapEvent): Flow {
    const track = this.trackOf(event);
    if (isOfDetections) track.words.push(event);
    else track.bound = Math.max(track.bound, until);
    return this.pump();
  }

  end(isOfDetections: boolean): void {
    if (!isOfDetections) this.hasClassesEnded = true;
    const flow = this.pump();
    if (flow instanceof Promise) flow.catch(() => {});
  }

  async drain(): Promise<undefined> {
    while (this.sending !== undefined) await this.sending;
    if (!this.hasClassesEnded) return undefined;
    for (const { said } of this.tracks.values()) for (const { heard } of said.values()) this.context.discarded('unmatched', heard);
    this.tracks.clear();
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
      for (const { heard } of said.values()) this.context.discarded('flushing', heard);
    }
    this.tracks.clear();
    this.wake();
  }

  private refuse(): FlowReturn {
    this.context.discarded('flushing');
    return 'flushing';
  }

  private trackOf({ source, epoch }: Pick<StreamBuffer, 'source' | 'epoch'>): Track {
    const key = `${epoch} ${source}`;
    let track = this.tracks.get(key);
    if (track === undefined) {
      track = { words: [], said: new Map(), bound: Number.NEGATIVE_INFINITY, sentUntil: Number.NEGATIVE_INFINITY };
      this.tracks.set(key, track);
    }
    return track;
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
      if (word === undefined || !this.isSettled(track, word)) continue;
      track.words.shift();
      return 'buffer' in word ? () => this.send(track, word.buffer) : () => this.context.gap('src', word);
    }
    return undefined;
  }

  private isSettled({ said, bound }: Track, word: Word): boolean {
    if (!('buffer' in word) || this.hasClassesEnded) return true;
    const { pts, value } = word.buffer;
    if (bound > pts || (value as DetectionSet).items.length === 0) return true;
    const own = said.get(pts);
    if (own !== undefined && own.heard >= own.slots) return true;
    const at = this.deadlineOf(word);
    return at !== undefined && this.context.clock.now() >= at;
  }

  /** Clock time at which detections leave with what there is; undefined: when it is settled. */
  private deadlineOf({ buffer, at }: Held): Microseconds | undefined {
    const { maxWait } = this.limits;
    return maxWait === undefined ? liveDeadline(this.context, buffer.pts, at) : at + maxWait;
  }

  private send(track: Track, buffer: StreamBuffer): Flow {
    const { pts } = buffer;
    track.sentUntil = pts;
    const own = track.said.get(pts);
    // What was said of times at which there are no detections stays alone.
    for (const [time, { heard }] of track.said) {
      if (time > pts) continue;
      if (time < pts) this.context.discarded('unmatched', heard);
      else this.context.finished(heard);
      track.said.delete(time);
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
