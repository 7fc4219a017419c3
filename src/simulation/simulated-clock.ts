import type { Clock } from '../core/time/clock.ts';
import type { Microseconds } from '../core/time/time.ts';
import type { Choices } from './choices.ts';

interface Appointment {
  readonly time: Microseconds;
  readonly callback: () => void;
  readonly isBackground: boolean;
}

/** A clock that goes from appointment to appointment; of those of one moment, any may come first. */
export class SimulatedClock implements Clock {
  /** How many appointments have been made. */
  made = 0;
  private time: Microseconds;
  private readonly choices: Choices;
  private readonly appointments = new Set<Appointment>();

  constructor(start: Microseconds, choices: Choices) {
    this.time = start;
    this.choices = choices;
  }

  now(): Microseconds {
    return this.time;
  }

  schedule(time: Microseconds, callback: () => void, importance?: 'background'): () => void {
    const appointment = { time, callback, isBackground: importance === 'background' };
    this.appointments.add(appointment);
    this.made++;
    return () => this.appointments.delete(appointment);
  }

  /**
   * Goes on to the next appointment and keeps it; false when there is none but those in the background.
   *
   * @param within Keeps those in the background too, unless they are farther away than this.
   */
  step(within: Microseconds = 0): boolean {
    const all = [...this.appointments];
    const isAwaited = all.some(({ isBackground }) => !isBackground);
    if (!isAwaited && within === 0) return false;
    const next = all.reduce((least, { time }) => Math.min(least, time), Number.POSITIVE_INFINITY);
    if (!isAwaited && next > this.time + within) return false;
    const due = all.filter(({ time }) => time === next || time <= this.time);
    const chosen = due.length > 1 ? due[this.choices.pick(due.length)]! : due[0];
    if (chosen === undefined) return false;
    this.appointments.delete(chosen);
    this.time = Math.max(this.time, chosen.time);
    chosen.callback();
    return true;
  }
}
