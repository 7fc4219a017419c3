// Running time: clock time less base time, from 0 when the graph begins to play. A pause moves the base time, so that running
// time stands still in it, and with it everybody who waits for a point of it.
//
// What a source gives at running time t is due at a sink at t + latency, the same for all sinks, so that they keep in step.
import type { Clock } from './clock.ts';
import type { Microseconds } from './time.ts';

/** Where a timeline stands, for one in another thread to follow. */
export interface TimelineState {
  readonly base: Microseconds;
  /** The running time at which it stands; undefined while it goes on. */
  readonly standsAt: Microseconds | undefined;
  readonly latency: Microseconds;
  /** How much of that those behind an element take, by its name; left out where nobody does. */
  readonly behind: Readonly<Record<string, Microseconds>>;
}

interface Wait {
  readonly time: Microseconds;
  readonly callback: () => void;
  cancel?: (() => void) | undefined;
}

export class Timeline {
  /** How long what leaves a source takes to the sinks, in microseconds, as the graph's latency query found. */
  latency: Microseconds = 0;
  private behind: Readonly<Record<string, Microseconds>> = {};
  private readonly clock: Clock;
  private base: Microseconds = 0;
  private standsAt: Microseconds | undefined = 0;
  private readonly waits = new Set<Wait>();
  private readonly resumed = new Set<() => void>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Running time, in microseconds. */
  get now(): Microseconds {
    return this.standsAt ?? this.clock.now() - this.base;
  }

  get isPaused(): boolean {
    return this.standsAt !== undefined;
  }

  get state(): TimelineState {
    return { base: this.base, standsAt: this.standsAt, latency: this.latency, behind: this.behind };
  }

  /** How long after its running time what is to be at the sinks in time has to have left an element, in microseconds. */
  latencyAt(element: string): Microseconds {
    return this.latency - (this.behind[element] ?? 0);
  }

  /** Begins anew at 0, and goes on from there. */
  begin(): void {
    this.standsAt = 0;
    this.play();
  }

  pause(): void {
    this.follow({ ...this.state, standsAt: this.now });
  }

  play(): void {
    if (this.standsAt !== undefined) this.follow({ ...this.state, base: this.clock.now() - this.standsAt, standsAt: undefined });
  }

  /** Stands where another one does, by the same clock. */
  follow({ base, standsAt, latency, behind }: TimelineState): void {
    Object.assign(this, { base, standsAt, latency, behind });
    for (const wait of this.waits) {
      wait.cancel?.();
      wait.cancel = undefined;
      this.arm(wait);
    }
    if (standsAt !== undefined) return;
    const callbacks = [...this.resumed];
    this.resumed.clear();
    for (const callback of callbacks) callback();
  }

  /** Calls back once at or after a running time, in pauses not at all; returns what cancels it. */
  schedule(time: Microseconds, callback: () => void): () => void {
    const wait: Wait = { time, callback };
    this.waits.add(wait);
    this.arm(wait);
    return () => {
      this.waits.delete(wait);
      wait.cancel?.();
    };
  }

  /** Resolves at a running time with true, or with false as soon as `signal` is aborted. */
  until(time: Microseconds, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    if (!this.isPaused && time <= this.now) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (reached: boolean): void => {
        cancel();
        signal.removeEventListener('abort', abort);
        resolve(reached);
      };
      const abort = (): void => end(false);
      const cancel = this.schedule(time, () => end(true));
      signal.addEventListener('abort', abort);
    });
  }

  /** Calls back when the pause that there is comes to its end. */
  whenPlayed(callback: () => void): void {
    this.resumed.add(callback);
  }

  private arm(wait: Wait): void {
    if (this.standsAt !== undefined) return;
    wait.cancel = this.clock.schedule(this.base + wait.time, () => {
      this.waits.delete(wait);
      wait.callback();
    });
  }
}
