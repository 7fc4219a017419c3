// A slab: one counted piece of the arena.
//
// The count lives in the arena, in a header before the payload, so that threads share it. A handle is a small object that
// any thread may make; only the count decides when the memory is free again.
import type { Arena } from './arena.ts';
import { MemoryError } from './memory-error.ts';
import { poolReleased } from './pool-word.ts';

/** Bytes before every slab's payload. */
export const HEADER_BYTES = 64;

/** The words of a slab's header; behind them, how many of its references each holder has that may die. */
export const SlabField = { references: 0, classIndex: 1, next: 2, pool: 3, held: 4 } as const;

export class Slab {
  readonly arena: Arena;
  /** Where the payload begins, in bytes from the arena's start; a multiple of 64. */
  readonly offset: number;
  /** How many bytes may be used. */
  readonly bytes: number;

  constructor(arena: Arena, offset: number, bytes: number) {
    this.arena = arena;
    this.offset = offset;
    this.bytes = bytes;
  }

  /** How many holders the slab has. */
  get references(): number {
    return Atomics.load(this.arena.words, this.header + SlabField.references);
  }

  /** The address of the pool that accounts for it; 0 where none does. */
  get pool(): number {
    return (this.arena.words[this.header + SlabField.pool]! >>> 0) * 64;
  }

  /** Adds a holder. @throws MemoryError `memory/released` when the slab has none left. */
  retain(): this {
    this.count(1, 'retain');
    return this;
  }

  /** Takes a holder away; the last one gives the memory back. @throws MemoryError `memory/released` when called once too often. */
  release(): void {
    if (this.count(-1, 'release') === 1) this.end();
  }

  /** Another reference that is nobody's: it does not go with whoever adds it. */
  keep(): void {
    this.change(1, 'retain');
  }

  /** Gives up a reference that is nobody's. */
  letGo(): void {
    if (this.change(-1, 'release') === 1) this.end();
  }

  /** The last holder has gone. */
  private end(): void {
    const { words } = this.arena;
    const { pool } = this;
    this.arena.reclaim(this.offset);
    if (pool === 0) return;
    poolReleased(words, pool);
    // Each slab of a pool holds the pool's own, so that the count is there for as long as something is counted.
    this.arena.slabAt(pool).letGo();
  }

  /** Changes the number of references, and of those that this thread has where it may die. Returns what it was. */
  private count(by: 1 | -1, verb: string): number {
    const seen = this.change(by, verb);
    const { holder, words } = this.arena;
    if (holder > 0) Atomics.add(words, this.header + heldWord(holder), by);
    return seen;
  }

  /** Changes the number of references, unless there is none. Returns what it was. */
  private change(by: 1 | -1, verb: string): number {
    const { words } = this.arena;
    const at = this.header + SlabField.references;
    let seen = Atomics.load(words, at);
    for (;;) {
      if (seen < 1) throw new MemoryError('memory/released', `Cannot ${verb} the slab at ${this.offset}: it has no holder left`);
      const found = Atomics.compareExchange(words, at, seen, seen + by);
      if (found === seen) return seen;
      seen = found;
    }
  }

  private get header(): number {
    return (this.offset - HEADER_BYTES) / 4;
  }
}

/** Where in a header it stands how many references a holder has. */
export function heldWord(holder: number): number {
  return SlabField.held + holder - 1;
}
