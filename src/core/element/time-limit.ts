// A limit to how long a hook may take over a buffer, where the graph sets one.
//
// A hook that is late is not stopped, for nothing could stop it. What it works on is held for it until it comes back, and what it
// then gives is let go.

import { ElementError } from '../errors.ts';
import type { StreamBuffer } from '../stream/buffer.ts';
import { formatDuration } from '../time/time.ts';
import type { Element } from './element.ts';

export class TimeLimit {
  private readonly element: Element;

  constructor(element: Element) {
    this.element = element;
  }

  /** What a call of a hook gives, or `element/timeout`. @param discard Lets go of what comes too late. */
  within<T>(call: Promise<T>, inputs: readonly StreamBuffer[], discard: (late: T) => void): Promise<T> {
    const { timeoutMs } = this.element.description;
    if (timeoutMs === undefined) return call;
    const { clock } = this.element;
    for (const input of inputs) input.retain();
    return new Promise((resolve, reject) => {
      let isOver = false;
      const cancel = clock.schedule(clock.now() + timeoutMs * 1000, () => {
        isOver = true;
        reject(this.tooLate(timeoutMs));
      });
      const back = (): void => {
        cancel();
        for (const input of inputs) input.release();
      };
      call.then(
        (value) => {
          if (isOver) discard(value);
          else resolve(value);
          back();
        },
        (error: unknown) => {
          reject(error);
          back();
        },
      );
    });
  }

  private tooLate(timeoutMs: number): ElementError {
    const { name, isSource } = this.element;
    const what = isSource ? 'has given nothing for' : 'has not come back from a buffer for';
    return new ElementError(
      name,
      'element/timeout',
      `${name} ${what} ${formatDuration(timeoutMs * 1000)}; raise its timeoutMs if it needs longer`,
    );
  }
}
