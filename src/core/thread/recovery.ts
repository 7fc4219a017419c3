// What becomes of the elements of a thread that has died, where all of them may be restarted. A thread that nothing leads into, as
// that of a camera, is started anew, with delays and a budget as for an element; its sources raise their epochs. Whatever else has
// died, or has died too often, is given up: its branch ends and the rest goes on, or the pipeline goes down.

import { negotiateSrcPads } from '../caps/negotiate.ts';
import type { Element } from '../element/element.ts';
import { type RestartOptions, RestartPolicy } from '../element/restart-policy.ts';
import type { ElementError } from '../errors.ts';
import { formatDuration, type Microseconds } from '../time/time.ts';
import type { Arrival } from './crossing.ts';
import { LostCounts } from './lost-counts.ts';
import type { ThreadHost } from './thread-host.ts';

/** What a thread does for its recovery. */
export interface Recoverable {
  readonly elements: ReadonlyMap<string, Element>;
  /** By which its buffers came out. */
  readonly arrivals: readonly Arrival[];
  /** Whether something leads into it from other threads. */
  readonly isFed: boolean;
  /** Starts the worker anew. @throws ElementError */
  start(): Promise<void>;
  /** Has the sources in it begin, in an epoch that none of their buffers has had. */
  play(epoch: number): void;
}

export class Recovery {
  /** What was counted of elements in threads that have died. */
  readonly lost = new LostCounts();
  private readonly host: ThreadHost;
  private readonly signal: AbortSignal;
  private policy: RestartPolicy | undefined;
  private stopWaiting: (() => void) | undefined;
  private hasStopped = false;
  private epoch = 0;

  constructor(host: ThreadHost, signal: AbortSignal) {
    this.host = host;
    this.signal = signal;
  }

  /** Whether faults of the thread may cost less than the pipeline. */
  static isWanted(elements: Iterable<Element>): boolean {
    return [...elements].every(({ description }) => description.onError === 'restart');
  }

  /** The sources are not to give anything any more. */
  stop(): void {
    this.hasStopped = true;
    this.stopWaiting?.();
  }

  /** Brings a thread back that has died, or gives it up. */
  async recover(thread: Recoverable, first: ElementError): Promise<void> {
    const { host, signal } = this;
    const elements = [...thread.elements.values()];
    const leader = elements[0]!;
    this.policy ??= new RestartPolicy(leader.description.restart as Partial<RestartOptions> | undefined, host.elements.random);
    for (let error = first; !signal.aborted; ) {
      for (const arrival of thread.arrivals) {
        arrival.excuse();
        this.epoch = Math.max(this.epoch, arrival.epoch);
      }
      if (this.hasStopped) return this.end(elements);
      const delay = thread.isFed ? undefined : this.policy.next(host.clock.now());
      if (delay === undefined) return this.giveUp(elements, error, thread.isFed);
      const text = `${error.message}; starting it anew in ${formatDuration(delay)}, attempt ${this.policy.count}`;
      host.elements.post({ type: 'warning', element: leader.name, code: 'element/restarting', text });
      await this.pause(delay);
      if (signal.aborted || this.hasStopped) continue;
      try {
        await thread.start();
        for (const { life } of [...elements].reverse()) await life.open();
        for (const element of elements) {
          negotiateSrcPads(element);
          for (const { peer, caps } of element.srcPads.values())
            if (peer !== undefined && elements.includes(peer.element)) peer.caps = caps;
        }
        for (const { life } of [...elements].reverse()) await life.create();
        thread.play(++this.epoch);
        return;
      } catch (thrown) {
        error = thrown as ElementError;
      }
    }
  }

  private giveUp(elements: readonly Element[], error: ElementError, isFed: boolean): void {
    const { name, description } = elements[0]!;
    const giveUp = elements.every((element) => element.description.restart?.giveUp === 'branch') ? 'branch' : 'pipeline';
    const why = isFed ? 'a thread that others lead into is not started anew' : `${this.policy!.count} restarts did not help`;
    const cost = giveUp === 'branch' ? 'what comes from it ends here, and the rest goes on' : 'the pipeline goes down';
    const text = `${error.message}; ${why}: ${cost}`;
    this.host.elements.post({ type: 'warning', element: name, code: 'element/gave-up', text });
    if (giveUp === 'pipeline' || description.onError !== 'restart') {
      this.host.elements.fail(error);
      return;
    }
    for (const { restarts } of elements) restarts.hasGivenUp = true;
    this.end(elements);
    this.host.elements.gaveUp(elements[0]!, error);
  }

  private end(elements: readonly Element[]): void {
    for (const { sinkPads, outlet, life } of elements) {
      for (const pad of sinkPads.values()) pad.close('eos');
      // Its hooks were those of the thread.
      void life.close();
      void outlet.end();
    }
  }

  private pause(span: Microseconds): Promise<void> {
    const { signal } = this;
    const { clock } = this.host;
    return new Promise((resolve) => {
      const end = (): void => {
        this.stopWaiting = undefined;
        signal.removeEventListener('abort', end);
        cancel();
        resolve();
      };
      const cancel = clock.schedule(clock.now() + span, end);
      signal.addEventListener('abort', end);
      this.stopWaiting = end;
    });
  }
}
