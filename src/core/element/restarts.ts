// Restarts an element that has failed, as often and after such delays as its policy says, and gives it up when that was in vain.

import { negotiateSrcPads } from '../caps/negotiate.ts';
import { ElementError } from '../errors.ts';
import type { FlowReturn } from '../stream/flow-return.ts';
import { formatDuration, type Microseconds } from '../time/time.ts';
import type { Element } from './element.ts';
import { type RestartOptions, RestartPolicy } from './restart-policy.ts';

/** How long hooks may take to come back, and to be closed, before they are left behind. */
const PATIENCE: Microseconds = 5e6;

export class Restarts {
  /** Its branch has been ended, since no restart helped. */
  hasGivenUp = false;
  private readonly element: Element;
  private policy: RestartPolicy | undefined;
  private stopWaiting: (() => void) | undefined;

  constructor(element: Element) {
    this.element = element;
  }

  reset(): void {
    this.policy = undefined;
    this.hasGivenUp = false;
  }

  /** Gives up waiting to be restarted. */
  cancel(): void {
    this.stopWaiting?.();
  }

  /** Opens the element anew, after a while; `ok` when it can go on. One restart serves everybody who asks meanwhile. */
  restart(error: ElementError): Promise<FlowReturn> {
    const { life, sinkPads } = this.element;
    life.remaking ??= this.reopen(error).finally(() => {
      life.remaking = undefined;
      for (const pad of sinkPads.values()) pad.queueTask?.wake();
    });
    return life.remaking;
  }

  private async reopen(first: ElementError): Promise<FlowReturn> {
    const { element } = this;
    const { life, host, name, statistics } = element;
    const { signal } = element.context;
    this.policy ??= new RestartPolicy(element.description.restart as Partial<RestartOptions> | undefined, host.random);
    life.flush();
    // Hooks that are still at work on other buffers, or on other pads, come to their end first.
    await this.patiently(this.hooksAreIdle(), 'its hooks did not come back');
    for (let error = first; ; ) {
      await this.patiently(life.close(), 'it was not closed');
      const delay = this.policy.next(element.clock.now());
      if (delay === undefined) return this.giveUp(error);
      const { maxAttempts, windowMs } = this.policy.options;
      const attempt = maxAttempts === null ? `${this.policy.count}` : `${this.policy.count} of ${maxAttempts}`;
      const text = `${error.message}; restarting in ${formatDuration(delay)}, attempt ${attempt} within ${formatDuration(windowMs * 1000)}`;
      host.post({ type: 'warning', element: name, code: 'element/restarting', text });
      if (!(await this.pause(delay))) return 'flushing';
      try {
        await life.open();
        if (signal.aborted) return 'flushing';
        if (element.isSource) await (host.settleCaps?.(element) ?? negotiateSrcPads(element));
        await life.create();
        statistics.notes.set('restarts', ((statistics.notes.get('restarts') as number | undefined) ?? 0) + 1);
        return 'ok';
      } catch (thrown) {
        if (signal.aborted) return 'flushing';
        error = ElementError.from(name, thrown);
      }
    }
  }

  /** No restart has helped: the branch ends, or the pipeline goes down. */
  private giveUp(error: ElementError): FlowReturn {
    const { element } = this;
    const { host, name, sinkPads, faults, outlet } = element;
    const { giveUp, windowMs } = this.policy!.options;
    const cost = giveUp === 'branch' ? 'what comes from it ends here, and the rest goes on' : 'the pipeline goes down';
    const text = `${error.message}; ${this.policy!.count} restarts within ${formatDuration(windowMs * 1000)} did not help: ${cost}`;
    host.post({ type: 'warning', element: name, code: 'element/gave-up', text });
    if (giveUp === 'pipeline') return faults.fail([...sinkPads.values()][0], error);
    this.hasGivenUp = true;
    for (const pad of sinkPads.values()) pad.close('eos');
    void outlet.end();
    host.gaveUp(element, error);
    return 'eos';
  }

  private async hooksAreIdle(): Promise<void> {
    const { sinkPads, inlet } = this.element;
    await Promise.all([...[...sinkPads.values()].map(({ queueTask }) => queueTask?.hooksAreIdle()), inlet.atWork.rest()]);
  }

  /** Waits for something, but not for ever; what goes wrong then costs a warning. */
  private async patiently(work: Promise<void>, failing: string): Promise<void> {
    const { clock, notices, name, host } = this.element;
    let cancel = (): void => {};
    const late = new Promise<'late'>((resolve) => {
      cancel = clock.schedule(clock.now() + PATIENCE, () => resolve('late'));
    });
    try {
      if ((await Promise.race([work, late])) !== 'late') return;
      const text = `${name} is restarted all the same: ${failing} within ${formatDuration(PATIENCE)}, and what they hold is left behind`;
      host.post({ type: 'warning', element: name, code: 'element/stuck', text });
    } catch (fault) {
      notices.warn('element/close-failed', fault);
    } finally {
      cancel();
    }
  }

  /** Waits; false when the pipeline, or the stream, ends meanwhile. */
  private pause(span: Microseconds): Promise<boolean> {
    const { clock, context } = this.element;
    const { signal } = context;
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const end = (result: boolean): void => {
        this.stopWaiting = undefined;
        signal.removeEventListener('abort', cancel);
        unschedule();
        resolve(result);
      };
      const cancel = (): void => end(false);
      const unschedule = clock.schedule(clock.now() + span, () => end(true));
      signal.addEventListener('abort', cancel);
      this.stopWaiting = cancel;
    });
  }
}
