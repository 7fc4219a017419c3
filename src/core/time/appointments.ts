// What is to be called at points of time, the earliest first: a heap in which each knows its place, so that it can be taken out again.
import type { Microseconds } from './time.ts';

export interface Appointment {
  readonly time: Microseconds;
  readonly isBackground: boolean;
  readonly callback: () => void;
  /** How many had been made before; of those for the same time the first goes first. */
  readonly order: number;
  place: number;
}

export class Appointments {
  private readonly heap: Appointment[] = [];
  private count = 0;
  private foreground = 0;

  get earliest(): Appointment | undefined {
    return this.heap[0];
  }

  /** How many there have been. */
  get made(): number {
    return this.count;
  }

  /** Whether there is any that is not in the background. */
  get matters(): boolean {
    return this.foreground > 0;
  }

  add(time: Microseconds, callback: () => void, isBackground: boolean): Appointment {
    const one = { time, callback, isBackground, order: this.count++, place: this.heap.length };
    if (!isBackground) this.foreground++;
    this.heap.push(one);
    this.rise(one);
    return one;
  }

  /** Takes one out, if it is still there. */
  remove(one: Appointment): void {
    if (this.heap[one.place] !== one) return;
    if (!one.isBackground) this.foreground--;
    const last = this.heap.pop()!;
    if (last === one) return;
    this.put(last, one.place);
    this.rise(last);
    this.sink(last);
  }

  private rise(one: Appointment): void {
    while (one.place > 0) {
      const parent = this.heap[(one.place - 1) >> 1]!;
      if (isBefore(parent, one)) return;
      this.swap(parent, one);
    }
  }

  private sink(one: Appointment): void {
    for (;;) {
      const [left, right] = [this.heap[2 * one.place + 1], this.heap[2 * one.place + 2]];
      const child = right !== undefined && left !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || isBefore(one, child)) return;
      this.swap(one, child);
    }
  }

  private swap(upper: Appointment, lower: Appointment): void {
    const { place } = upper;
    this.put(upper, lower.place);
    this.put(lower, place);
  }

  private put(one: Appointment, place: number): void {
    this.heap[place] = one;
    one.place = place;
  }
}

function isBefore(one: Appointment, other: Appointment): boolean {
  return one.time < other.time || (one.time === other.time && one.order < other.order);
}
