import type { Clock } from '../core/time/clock.ts';
import type { Microseconds } from '../core/time/time.ts';

interface Appointment {
  readonly time: Microseconds;
  readonly callback: () => void;
  readonly importance: 'background' | undefined;
}

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  private time: Microseconds;
  private readonly appointments = new Set<Appointment>();

  constructor(start: Microseconds = 0) {
    this.time = start;
  }

  now(): Microseconds {
    return this.time;
  }

  schedule(time: Microseconds, callback: () => void, importance?: 'background'): () => void {
    const appointment = { time, callback, importance };
    this.appointments.add(appointment);
    return () => this.appointments.delete(appointment);
  }

  /** When the next waiting callback is due that is not in the background; undefined when nobody waits. */
  get next(): Microseconds | undefined {
    const times = [...this.appointments].flatMap(({ time, importance }) => (importance === undefined ? [time] : []));
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Goes on to `time`, calling everything that falls due on the way in order of its time. */
  advanceTo(time: Microseconds): void {
    for (let due = this.earliest(); due !== undefined && due.time <= time; due = this.earliest()) {
      this.time = Math.max(this.time, due.time);
      this.appointments.delete(due);
      due.callback();
    }
    this.time = Math.max(this.time, time);
  }

  advanceBy(span: Microseconds): void {
    this.advanceTo(this.time + span);
  }

  private earliest(): Appointment | undefined {
    let first: Appointment | undefined;
    for (const one of this.appointments) if (first === undefined || one.time < first.time) first = one;
    return first;
  }
}
