// The clock of a sound device: its time goes on as samples are counted. Between two counts, and while there is no device, it goes as
// the machine's clock does, as much faster or slower as was last seen.
//
// It never goes back and never jumps: where it is off it hurries, or dawdles, by half a thousandth at most. A device that is there again
// counts anew, from where the clock is by then.
import type { Clock } from '../../core/time/clock.ts';
import { MICROSECONDS_PER_SECOND, type Microseconds } from '../../core/time/time.ts';
import { within } from './earliest-line.ts';
import type { SampleTimes } from './sample-times.ts';

const ADJUSTED_EVERY = MICROSECONDS_PER_SECOND;

/** How long a device is listened to before it is followed: what comes first comes late, by chance. */
const LISTENED = 2 * MICROSECONDS_PER_SECOND;

/** In what time an error is made up for, as long as that is not too fast. */
const HORIZON = 4 * MICROSECONDS_PER_SECOND;
const MOST_HASTE = 0.0005;

interface Wait {
  readonly time: Microseconds;
  readonly callback: () => void;
  readonly importance: 'background' | undefined;
  cancel: () => void;
}

export class SampleClock implements Clock {
  private readonly reference: Clock;
  /** A moment by both clocks, and how fast this one goes from there on. */
  private from: { readonly reference: Microseconds; readonly time: number; readonly rate: number };
  /** Since when the device has been counting, by the other clock; and the time at which it began to, once that is known. */
  private since: Microseconds | undefined;
  private base: number | undefined;
  private readonly waits = new Set<Wait>();

  constructor(reference: Clock) {
    this.reference = reference;
    const now = reference.now();
    this.from = { reference: now, time: now, rate: 1 };
  }

  now(): Microseconds {
    return Math.floor(this.timeAt(this.reference.now()));
  }

  schedule(time: Microseconds, callback: () => void, importance?: 'background'): () => void {
    const wait: Wait = { time, callback, importance, cancel: () => undefined };
    this.waits.add(wait);
    this.arm(wait);
    return () => {
      this.waits.delete(wait);
      wait.cancel();
    };
  }

  /** Samples have been counted. */
  follow(samples: SampleTimes): void {
    const reference = this.reference.now();
    this.since ??= reference;
    if (reference - this.since < LISTENED || reference - this.from.reference < ADJUSTED_EVERY) return;
    const position = samples.positionAt(reference);
    const time = this.timeAt(reference);
    this.base ??= time - position;
    const error = this.base + position - time;
    this.goOn(reference, 1 / samples.slope + within(error / HORIZON, MOST_HASTE));
  }

  /** The device is gone, or counts anew. @param slope How fast it was. */
  restart({ slope }: SampleTimes): void {
    this.since = undefined;
    this.base = undefined;
    this.goOn(this.reference.now(), 1 / slope);
  }

  private timeAt(reference: Microseconds): number {
    const { from } = this;
    return from.time + (reference - from.reference) * from.rate;
  }

  private goOn(reference: Microseconds, rate: number): void {
    this.from = { reference, time: this.timeAt(reference), rate };
    for (const wait of this.waits) {
      wait.cancel();
      this.arm(wait);
    }
  }

  private arm(wait: Wait): void {
    const { reference, time, rate } = this.from;
    let at = reference + Math.ceil((wait.time - time) / rate);
    // What is rounded may be one too little.
    if (Math.floor(this.timeAt(at)) < wait.time) at++;
    const callback = (): void => {
      this.waits.delete(wait);
      wait.callback();
    };
    wait.cancel = this.reference.schedule(at, callback, wait.importance);
  }
}
