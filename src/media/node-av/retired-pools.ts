// Pools whose decoder is closed while frames are still on their way downstream. Their control word goes back to the arena
// once the last frame has, so that opening and closing over and over leaves nothing behind.
import type { Arena } from '../../memory/arena.ts';
import type { Pool } from '../../memory/pool.ts';
import { PoolField } from '../../memory/pool-word.ts';

const retired: { readonly arena: Arena; readonly pool: Pool }[] = [];

/** Takes over a pool that nobody will take slabs from again. */
export function retirePool(arena: Arena, pool: Pool): void {
  pool.close();
  retired.push({ arena, pool });
  sweep();
}

/** Wakes threads that sleep until the pool has a slab, so that they notice that they are to stop. */
export function wakePoolWaiters(arena: Arena, pool: Pool): void {
  const word = pool.handle.address / 4 + PoolField.released;
  Atomics.add(arena.words, word, 1);
  Atomics.notify(arena.words, word);
}

function sweep(): void {
  for (let i = retired.length - 1; i >= 0; i--) {
    const { arena, pool } = retired[i]!;
    if (pool.inUse > 0) continue;
    arena.slabAt(pool.handle.address).release();
    retired.splice(i, 1);
  }
}
