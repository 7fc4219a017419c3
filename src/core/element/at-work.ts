/** Calls of hooks that have not come back. */
export class AtWork {
  private readonly calls = new Set<Promise<unknown>>();

  /** Notes a call until it has come back, before anybody else hears of that. */
  track<T>(call: Promise<T>): Promise<T> {
    this.calls.add(call);
    const back = (): void => void this.calls.delete(call);
    call.then(back, back);
    return call;
  }

  /** Resolves when those that are at work now have come back. */
  async rest(): Promise<void> {
    await Promise.allSettled(this.calls);
  }
}
