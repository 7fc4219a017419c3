import { Crowd } from '../time/crowd.ts';

/** Calls of hooks that have not come back. */
export class AtWork {
  private readonly calls = new Crowd<{ readonly call: Promise<unknown>; place: number }>();

  /** Notes a call until it has come back, before anybody else hears of that. */
  track<T>(call: Promise<T>): Promise<T> {
    const one = { call, place: 0 };
    this.calls.add(one);
    const back = (): void => void this.calls.delete(one);
    call.then(back, back);
    return call;
  }

  /** Resolves when those that are at work now have come back. */
  async rest(): Promise<void> {
    await Promise.allSettled(this.calls.all.map(({ call }) => call));
  }
}
