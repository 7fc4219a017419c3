// Pools that the decoder's thread has made, seen from the reader's.
import type { Arena } from '../../memory/arena.ts';
import type { Pool } from '../../memory/pool.ts';
import { PoolField } from '../../memory/pool-word.ts';

/** Ends a pool in place of the thread that made it and is gone; its word goes with the last frame that is still out. */
export function retirePool(arena: Arena, pool: Pool): void {
  pool.close();
  arena.slabAt(pool.handle.address).release();
}

/** Wakes threads that sleep until the pool has a slab, so that they notice that they are to stop. */
export function wakePoolWaiters(arena: Arena, pool: Pool): void {
  const word = pool.handle.address / 4 + PoolField.released;
  Atomics.add(arena.words, word, 1);
  Atomics.notify(arena.words, word);
}
