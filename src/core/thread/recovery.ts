// What becomes of the elements of a thread that has died, where all of them may be restarted: the thread is started anew, with delays
// and a budget as for an element. What leads into it waits meanwhile, and its sources raise their epochs. One that has died too often is
// given up: its branch ends and the rest goes on, or the pipeline goes down.

import { lacksCaps, negotiateSrcPads } from '../caps/negotiate.ts';
import type { Element } from '../element/element.ts';
import type { SrcPad } from '../element/pad.ts';
import { type RestartOptions, RestartPolicy } from '../element/restart-policy.ts';
import { ElementError } from '../errors.ts';
import type { FlowReturn } from '../stream/flow-return.ts';
import { formatDuration, type Microseconds } from '../time/time.ts';
import type { LastingCrossing } from './lasting-crossing.ts';
import { LostCounts } from './lost-counts.ts';
import { StreamEnds } from './stream-ends.ts';
import type { ThreadHost } from './thread-host.ts';

/** What a thread does for its recovery. */
export interface Recoverable {
  readonly elements: ReadonlyMap<string, Element>;
  /** By which buffers go in. */
  readonly inward: readonly LastingCrossing[];
  /** Starts the worker anew. @throws ElementError */
  start(): Promise<void>;
  /** Has what waits go in, and the sources in it begin, in an epoch that none of their buffers has had. */
  play(epoch: number): void;
}

export class Recovery {
  /** What was counted of elements in threads that have died. */
  readonly lost = new LostCounts();
  private readonly ends = new Map<SrcPad, StreamEnds>();
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

  /** How far what comes out of the thread has come at a pad, whichever thread it came out of. */
  endsAt(pad: SrcPad): StreamEnds {
    const ends = this.ends.get(pad) ?? new StreamEnds();
    this.ends.set(pad, ends);
    return ends;
  }

  /** An element is no more; another one may come by its name. */
  forget({ name, srcPads }: Element): void {
    this.lost.forget(name);
    for (const pad of srcPads.values()) this.ends.delete(pad);
  }

  /** The sources are not to give anything any more. */
  stop(): void {
    this.hasStopped = true;
    this.stopWaiting?.();
  }

  /** Brings a thread back that has died, or gives it up. */
  async recover(thread: Recoverable, first: ElementError): Promise<FlowReturn> {
    const { host, signal } = this;
    // From sources to sinks.
    const elements = [...thread.elements.values()].sort((a, b) => a.depth - b.depth);
    const [leader] = thread.elements.values();
    this.policy ??= new RestartPolicy(leader!.description.restart as Partial<RestartOptions> | undefined, host.elements.random);
    // Nothing comes for now, nor will anything that has gone in by now: nobody has to wait for it.
    const inward = thread.inward.map(({ ends }) => ends);
    for (const [pad, ends] of this.ends) {
      for (const gap of ends.gapsTo(inward)) {
        void pad.pushEvent(gap);
        ends.note(gap);
      }
      this.epoch = Math.max(this.epoch, ends.epoch);
    }
    // Their hooks were those of the thread.
    for (const { life } of elements) await life.close();
    for (let error = first; !signal.aborted; ) {
      if (this.hasStopped) {
        const text = `${error.message}; nothing more is to come of it, and it is not started anew`;
        host.elements.post({ type: 'warning', element: leader!.name, code: 'thread/crashed', text });
        return this.end(elements);
      }
      const delay = this.policy.next(host.clock.now());
      if (delay === undefined) return this.giveUp(elements, leader!, error);
      const text = `${error.message}; starting it anew in ${formatDuration(delay)}, attempt ${this.policy.count}`;
      host.elements.post({ type: 'warning', element: leader!.name, code: 'element/restarting', text });
      await this.pause(delay);
      if (signal.aborted || this.hasStopped) continue;
      try {
        await thread.start();
        await this.reopen(elements);
        if (signal.aborted) continue;
        thread.play(++this.epoch);
        return 'ok';
      } catch (thrown) {
        error = ElementError.from(leader!.name, thrown);
      }
    }
    return 'flushing';
  }

  /** Opens elements in the thread that has been started for them, and has them made for what their pads carry. */
  private async reopen(elements: readonly Element[]): Promise<void> {
    const sinksFirst = [...elements].reverse();
    for (const { life } of sinksFirst) await life.open();
    // One whose caps have not come yet is made when they do.
    const known = (element: Element): boolean => ![...element.sinkPads.values()].some(lacksCaps);
    for (const element of elements) {
      if (!known(element)) continue;
      negotiateSrcPads(element);
      for (const { peer, caps } of element.srcPads.values()) if (peer !== undefined && elements.includes(peer.element)) peer.caps = caps;
    }
    for (const element of sinksFirst) if (known(element)) await element.life.create();
  }

  private giveUp(elements: readonly Element[], { name }: Element, error: ElementError): FlowReturn {
    const giveUp = elements.every((element) => element.description.restart?.giveUp === 'branch') ? 'branch' : 'pipeline';
    const cost = giveUp === 'branch' ? 'what comes from it ends here, and the rest goes on' : 'the pipeline goes down';
    const text = `${error.message}; ${this.policy!.count} restarts did not help: ${cost}`;
    this.host.elements.post({ type: 'warning', element: name, code: 'element/gave-up', text });
    if (giveUp === 'pipeline') {
      this.host.elements.fail(error);
      return 'error';
    }
    for (const { restarts } of elements) restarts.hasGivenUp = true;
    this.end(elements);
    this.host.elements.gaveUp(elements[0]!, error);
    return 'eos';
  }

  private end(elements: readonly Element[]): FlowReturn {
    for (const { sinkPads, outlet, life } of elements) {
      for (const pad of sinkPads.values()) pad.close('eos');
      void life.close();
      void outlet.end();
    }
    return 'eos';
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
