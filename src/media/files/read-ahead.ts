/** Works on several things at once, and gives what becomes of each in the order in which they came. */
export class ReadAhead<Item, Result> {
  private readonly limit: number;
  private readonly read: (item: Item) => Promise<Result>;
  private readonly results: Promise<Result>[] = [];

  /** @param limit How many are worked on, or wait to be taken, at most. @param read Never fails: faults are results, too. */
  constructor(limit: number, read: (item: Item) => Promise<Result>) {
    this.limit = limit;
    this.read = read;
  }

  /** How many are on their way. */
  get count(): number {
    return this.results.length;
  }

  /** Begins with as many as there is room for, which are taken from `items`. */
  fill(items: Item[]): void {
    while (this.results.length < this.limit && items.length > 0) this.results.push(this.read(items.shift()!));
  }

  /** What becomes of the one that came first; undefined where there is none. */
  next(): Promise<Result> | undefined {
    return this.results.shift();
  }

  /** Resolves when nothing is worked on any more. */
  async settle(): Promise<void> {
    await Promise.all(this.results.splice(0));
  }
}
