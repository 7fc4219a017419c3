// The pools for what an element gives. Each holds as many slabs as buffers may sit behind the element, and some that it asks for
// beside; when a running graph is edited they grow, since a pool that is too small for what gathers behind it would stand still.
import type { Arena } from '../../memory/arena.ts';
import { Pool } from '../../memory/pool.ts';

export interface OutputPoolOptions {
  readonly slabBytes: number;
  /** How many slabs it holds beside what may sit downstream. Default 0. */
  readonly spare?: number;
  /** What leak reports call it. Default: the element's name. */
  readonly name?: string;
}

export class OutputPools {
  /** How many buffers may sit downstream. */
  downstream = 0;
  private readonly spares = new Map<Pool, number>();

  make(arena: Arena, { name, slabBytes, spare = 0 }: OutputPoolOptions & { readonly name: string }): Pool {
    for (const pool of this.spares.keys()) if (pool.isClosed) this.spares.delete(pool);
    const pool = Pool.create(arena, { name, slabBytes, limit: this.downstream + spare });
    this.spares.set(pool, spare);
    return pool;
  }

  /** More may sit downstream from now on; what is out by now may be too much for less. False where it is no more than before. */
  grow(downstream: number): boolean {
    if (downstream <= this.downstream) return false;
    this.downstream = downstream;
    for (const [pool, spare] of this.spares) if (!pool.isClosed) pool.grow(downstream + spare);
    return true;
  }
}
