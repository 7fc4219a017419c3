// The little that a simulated graph has to do with the world outside of it: files that it reads and writes. That takes no time
// of the simulation's: whatever is being read or written is waited for before the next step.
import { stat } from 'node:fs';
import type { AnyElementDefinition, AnyHooks } from '../core/element/define-element.ts';
import type { SimulatedClock } from './simulated-clock.ts';

/** How often it is looked whether something happens that nobody can be asked about. */
const PATIENCE = 50_000;

/** Everything that can happen without a step, and without time passing, has happened. */
async function nothingIsRead(): Promise<void> {
  do await new Promise(setImmediate);
  while (isReading('FSReqCallback'));
}

export class OutsideWorld {
  private readonly clock: SimulatedClock;
  /** What sinks do at the moment. */
  private readonly work = new Set<Promise<unknown>>();

  constructor(clock: SimulatedClock) {
    this.clock = clock;
  }

  /**
   * A sink whose work is waited for. Nobody behind it can hold it up, and what it does by the clock has an appointment: all else that
   * it does takes place outside, in the threads of a library that encodes pictures, say, of which nothing can be seen.
   */
  watched(sink: AnyElementDefinition): AnyElementDefinition {
    const { open, create, close } = sink;
    return {
      ...sink,
      ...(open === undefined ? {} : { open: (query) => this.follow(() => open(query)) }),
      ...(close === undefined ? {} : { close: (resource) => this.follow(() => close(resource)) }),
      create: async (query) => {
        const hooks = await this.follow(() => create(query));
        const followed = Object.entries(hooks).map(([name, hook]) => [
          name,
          typeof hook === 'function' ? (...given: unknown[]) => this.follow(() => hook.apply(hooks, given)) : hook,
        ]);
        return Object.fromEntries(followed) as AnyHooks;
      },
    };
  }

  /** Resolves when nothing happens out there that was begun here. */
  async rest(): Promise<void> {
    await nothingIsRead();
    if (this.work.size === 0) return;
    await looking(() => this.work.size === 0);
    // Whoever does not come back is not waited for again.
    this.work.clear();
    await nothingIsRead();
  }

  /**
   * Waits for what cannot be seen to be over: files that are read or written with promises.
   *
   * @param goesOn Whether that has led to something.
   */
  async await(goesOn: () => boolean): Promise<boolean> {
    return (isReading('FSReqPromise') || isReading('CloseReq')) && looking(goesOn);
  }

  private follow<T>(hook: () => T): T {
    const { made } = this.clock;
    const work = hook();
    if (!(work instanceof Promise) || this.clock.made > made) return work;
    this.work.add(work);
    const end = (): void => void this.work.delete(work);
    work.then(end, end);
    return work;
  }
}

async function looking(isOver: () => boolean): Promise<boolean> {
  for (let look = 0; look < PATIENCE; look++) {
    await new Promise<void>((resolve) => stat('.', () => resolve()));
    if (isOver()) return true;
  }
  return false;
}

function isReading(kind: string): boolean {
  return process.getActiveResourcesInfo().includes(kind);
}
