// Pools whose decoder is closed while frames are still on their way downstream, and threads that wait for a slab of one.
import type { Arena } from '../../memory/arena.ts';
import type { Pool } from '../../memory/pool.ts';
import { PoolField } from '../../memory/pool-word.ts';

/** Takes over a pool that another thread has made and that nobody will take slabs from again; it ends with its last slab. */
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
