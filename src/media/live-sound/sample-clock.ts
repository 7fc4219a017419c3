// The clock of a sound device: its time goes on as samples are counted. Between two counts, and while there is no device, it goes as
// the machine's clock does, as much faster or slower as was last seen.
//
// It never goes back and never jumps: where it is off it hurries, or dawdles, by half a thousandth at most. A device that is there again
// counts anew, from where the clock is by then.
import type { Clock } from '../../core/time/clock.ts';
import { MICROSECONDS_PER_SECOND, type Microseconds } from '../../core/time/time.ts';
import { within } from './earliest-line.ts';
import type { SampleTimes } from './sample-times.ts';

/** And how long a device is listened to before it is followed: what comes first comes late, by chance. */
const ADJUSTED_EVERY = MICROSECONDS_PER_SECOND;

/** In what time an error is made up for, as long as that is not too fast. */
const HORIZON = 4 * MICROSECONDS_PER_SECOND;
const MOST_HASTE = 0.0005;

/** A moment by both clocks, how fast this one goes from there on, and how much it hurries at first, and for how long. */
interface Course {
  readonly reference: Microseconds;
  readonly time: number;
  readonly rate: number;
  readonly haste: number;
  readonly hasteFor: Microseconds;
}

interface Wait {
  readonly time: Microseconds;
  readonly callback: () => void;
  readonly importance: 'background' | undefined;
  cancel: () => void;
}

export class SampleClock implements Clock {
  private readonly reference: Clock;
  private from: Course;
  /** The time at which the device began to count; undefined before that is known. */
  private base: number | undefined;
  private readonly waits = new Set<Wait>();

  constructor(reference: Clock) {
    this.reference = reference;
    const now = reference.now();
    this.from = { reference: now, time: now, rate: 1, haste: 0, hasteFor: 0 };
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
    if (reference - this.from.reference < ADJUSTED_EVERY) return;
    const position = samples.positionAt(reference);
    const time = this.timeAt(reference);
    this.base ??= time - position;
    const error = this.base + position - time;
    this.goOn(reference, 1 / samples.slope, error);
  }

  /** A device begins to count. @param slope How fast it was, or the one before it. */
  restart({ slope }: SampleTimes): void {
    this.base = undefined;
    this.goOn(this.reference.now(), 1 / slope, 0);
  }

  private timeAt(reference: Microseconds): number {
    const { from } = this;
    const passed = reference - from.reference;
    return from.time + passed * from.rate + Math.min(passed, from.hasteFor) * from.haste;
  }

  /** @param error By how much it is late; made up for, even where nothing is heard of the device any more. */
  private goOn(reference: Microseconds, rate: number, error: number): void {
    const haste = within(error / HORIZON, MOST_HASTE);
    this.from = { reference, time: this.timeAt(reference), rate, haste, hasteFor: haste === 0 ? 0 : error / haste };
    for (const wait of this.waits) {
      wait.cancel();
      this.arm(wait);
    }
  }

  private arm(wait: Wait): void {
    const { reference, time, rate, haste, hasteFor } = this.from;
    const left = wait.time - time;
    const hurried = hasteFor * (rate + haste);
    let at = reference + Math.ceil(left < hurried ? left / (rate + haste) : (left - hasteFor * haste) / rate);
    // What is rounded may be one too little.
    if (Math.floor(this.timeAt(at)) < wait.time) at++;
    const callback = (): void => {
      this.waits.delete(wait);
      wait.callback();
    };
    wait.cancel = this.reference.schedule(at, callback, wait.importance);
  }
}
