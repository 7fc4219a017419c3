/** The moment at which nothing is at work any more; a promise of it is made only where somebody waits. */
export class Rest {
  private awaited: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  get isAwaited(): boolean {
    return this.awaited !== undefined;
  }

  /** Resolves when it comes next. */
  next(): Promise<void> {
    if (this.awaited === undefined) {
      let resolve = (): void => {};
      const promise = new Promise<void>((done) => {
        resolve = done;
      });
      this.awaited = { promise, resolve };
    }
    return this.awaited.promise;
  }

  /** It has come. */
  reached(): void {
    this.awaited?.resolve();
    this.awaited = undefined;
  }
}
