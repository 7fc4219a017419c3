// How elements are taken leave of: what is at work is waited for, but not for ever; what goes wrong then costs a warning.

import type { Message } from '../pipeline/message.ts';
import { thrownFacts } from '../thrown-facts.ts';
import type { Clock } from '../time/clock.ts';
import { formatDuration, type Microseconds } from '../time/time.ts';
import type { Element } from './element.ts';

/** How long an element may take to come back when it is told to let go. */
const CLOSE_DEADLINE: Microseconds = 5e6;

export interface DepartureOptions {
  /** What pauses do not stop. */
  readonly clock: Clock;
  post(message: Message): void;
  /** What is at work in an element or for it. */
  busyOf(element: Element): Promise<unknown>[];
}

export class Departure {
  private readonly options: DepartureOptions;
  private readonly left = new Set<{ readonly elements: readonly Element[] }>();

  constructor(options: DepartureOptions) {
    this.options = options;
  }

  /** Those that were left behind and have not come back yet. */
  get leftBehind(): readonly Element[] {
    return [...new Set([...this.left].flatMap(({ elements }) => elements))];
  }

  /** Those whose hooks have not come back yet. */
  atWork(elements: Iterable<Element>): Element[] {
    return [...elements].filter((element) => this.options.busyOf(element).length > 0);
  }

  /** Resolves with true when nothing of the elements is at work, with false when some were left behind. */
  async rest(elements: readonly Element[]): Promise<boolean> {
    for (let atWork = this.atWork(elements); atWork.length > 0; atWork = this.atWork(elements)) {
      const busy = atWork.flatMap((element) => this.options.busyOf(element));
      if (!(await this.within(busy, 'finishing', atWork))) return false;
    }
    return true;
  }

  /** Closes elements, in the order given, and forgets what their pads knew. */
  async close(elements: readonly Element[]): Promise<void> {
    for (const element of elements) {
      await this.within([element.life.close()], 'closing', [element]);
      for (const pad of [...element.sinkPads.values(), ...element.srcPads.values()]) pad.reset();
    }
  }

  /** Waits for what elements do; false when they were left behind. */
  async within(works: readonly Promise<unknown>[], doing: string, elements: readonly Element[]): Promise<boolean> {
    const { clock, post } = this.options;
    const names = elements.map(({ name }) => name).join(', ');
    const warn = (code: string, text: string): void => post({ type: 'warning', element: elements[0]!.name, code, text });
    let cancel = (): void => {};
    const late = new Promise<boolean>((resolve) => {
      cancel = clock.schedule(clock.now() + CLOSE_DEADLINE, () => resolve(false));
    });
    const done = Promise.all(works).then(
      () => true,
      (error: unknown) => {
        warn('element/close-failed', `${names}: ${doing} failed: ${thrownFacts(error).message}`);
        return true;
      },
    );
    const inTime = await Promise.race([done, late]);
    cancel();
    if (inTime) return true;
    warn('element/stuck', `${names} did not come back within ${formatDuration(CLOSE_DEADLINE)} of ${doing}, and was left behind`);
    const left = { elements };
    this.left.add(left);
    void Promise.allSettled(works).then(() => this.left.delete(left));
    return false;
  }
}
