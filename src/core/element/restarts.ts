// Restarts an element that has failed, as often and after such delays as its policy says.
import type { Element } from '../element.ts';
import { ElementError } from '../errors.ts';
import type { FlowReturn } from '../flow-return.ts';
import { negotiateSrcPads } from '../negotiate.ts';
import { type RestartOptions, RestartPolicy } from '../restart-policy.ts';
import { formatDuration, type Microseconds } from '../time.ts';

export class Restarts {
  private readonly element: Element;
  private policy: RestartPolicy | undefined;
  private giveUp: (() => void) | undefined;

  constructor(element: Element) {
    this.element = element;
  }

  reset(): void {
    this.policy = undefined;
  }

  /** Gives up waiting to be restarted. */
  cancel(): void {
    this.giveUp?.();
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
    const { life, host, name, notices } = element;
    this.policy ??= new RestartPolicy(element.description.restart as Partial<RestartOptions> | undefined, host.random);
    life.flush();
    // Hooks that are still at work on other buffers come to their end first.
    for (const pad of element.sinkPads.values()) await pad.queueTask?.hooksAreIdle();
    for (let error = first; ; ) {
      try {
        await life.close();
      } catch (fault) {
        notices.warn('element/close-failed', fault);
      }
      const delay = this.policy.next(element.clock.now());
      if (delay === undefined) return element.faults.fail([...element.sinkPads.values()][0], error);
      const text = `${error.message}; restarting in ${formatDuration(delay)}, attempt ${this.policy.count}`;
      host.post({ type: 'warning', element: name, code: 'element/restarting', text });
      if (!(await this.pause(delay))) return 'flushing';
      try {
        await life.open();
        if (element.isSource) await (host.settleCaps?.(element) ?? negotiateSrcPads(element));
        await life.create();
        const { notes } = element.statistics;
        notes.set('restarts', ((notes.get('restarts') as number | undefined) ?? 0) + 1);
        return 'ok';
      } catch (thrown) {
        error = ElementError.from(name, thrown);
      }
    }
  }

  /** Waits; false when the pipeline, or the stream, ends meanwhile. */
  private pause(span: Microseconds): Promise<boolean> {
    const { clock, context } = this.element;
    const { signal } = context;
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const end = (result: boolean): void => {
        this.giveUp = undefined;
        signal.removeEventListener('abort', cancel);
        unschedule();
        resolve(result);
      };
      const cancel = (): void => end(false);
      const unschedule = clock.schedule(clock.now() + span, () => end(true));
      signal.addEventListener('abort', cancel);
      this.giveUp = cancel;
    });
  }
}
