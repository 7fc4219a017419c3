// A slab: one counted piece of the arena.
//
// The count lives in the arena, in a header before the payload, so that threads share it. A handle is a small object that
// any thread may make; only the count decides when the memory is free again.
import type { Arena } from './arena.ts';
import { MemoryError } from './memory-error.ts';
import { poolReleased } from './pool-word.ts';

/** Bytes before every slab's payload. */
export const HEADER_BYTES = 64;

/** The words of a slab's header. */
export const SlabField = { references: 0, classIndex: 1, next: 2, pool: 3 } as const;

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

  /** Adds a holder. @throws MemoryError `memory/released` when the slab has none left. */
  retain(): this {
    if (Atomics.add(this.arena.words, this.header + SlabField.references, 1) < 1) {
      Atomics.sub(this.arena.words, this.header + SlabField.references, 1);
      throw new MemoryError('memory/released', `Cannot retain the slab at ${this.offset}: it has been released`);
    }
    return this;
  }

  /** Takes a holder away; the last one gives the memory back. @throws MemoryError `memory/released` when called once too often. */
  release(): void {
    const words = this.arena.words;
    const before = Atomics.sub(words, this.header + SlabField.references, 1);
    if (before < 1) {
      Atomics.add(words, this.header + SlabField.references, 1);
      throw new MemoryError('memory/released', `Cannot release the slab at ${this.offset}: it has no holder left`);
    }
    if (before > 1) return;
    const pool = (words[this.header + SlabField.pool]! >>> 0) * 64;
    this.arena.reclaim(this.offset);
    if (pool !== 0) poolReleased(words, pool);
  }

  private get header(): number {
    return (this.offset - HEADER_BYTES) / 4;
  }
}
