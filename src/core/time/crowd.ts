/**
 * Those that are there now, in the order in which they came; each knows its place. A `Set` would do the same, but where much comes and
 * goes the tables that it has outgrown keep what was in them in memory, each the next one, until the whole heap is collected.
 */
export class Crowd<T extends { place: number }> {
  private readonly members: (T | undefined)[] = [];
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** Those that are there now, whoever comes or goes while they are gone through. */
  get all(): T[] {
    return this.members.filter((one) => one !== undefined);
  }

  add(one: T): void {
    if (this.members.length >= 16 && this.members.length >= 2 * this.count) this.closeUp();
    one.place = this.members.length;
    this.members.push(one);
    this.count++;
  }

  /** Takes one out, if it is there. */
  delete(one: T): boolean {
    if (this.members[one.place] !== one) return false;
    this.members[one.place] = undefined;
    this.count--;
    return true;
  }

  private closeUp(): void {
    let place = 0;
    for (const one of this.members) {
      if (one === undefined) continue;
      one.place = place;
      this.members[place++] = one;
    }
    this.members.length = place;
  }
}
