// Pools whose decoder is closed while frames are still on their way downstream. Their word goes back to the arena once the
// last frame has, so that opening and closing over and over leaves nothing behind.
import type { Arena } from '../../memory/arena.ts';
import type { Pool } from '../../memory/pool.ts';
import { onLocalRelease, PoolField } from '../../memory/pool-word.ts';

const retired = new Set<() => void>();

/** Takes over a pool that nobody will take slabs from again. */
export function retirePool(arena: Arena, pool: Pool): void {
  pool.close();
  const { address } = pool.handle;
  const settle = (): void => {
    if (pool.inUse > 0) return;
    forget();
    retired.delete(settle);
    arena.slabAt(address).release();
  };
  const forget = onLocalRelease(address, settle);
  retired.add(settle);
  // Releases in other threads are not heard: those pools are looked at whenever another one retires.
  for (const other of [...retired]) other();
}

/** Wakes threads that sleep until the pool has a slab, so that they notice that they are to stop. */
export function wakePoolWaiters(arena: Arena, pool: Pool): void {
  const word = pool.handle.address / 4 + PoolField.released;
  Atomics.add(arena.words, word, 1);
  Atomics.notify(arena.words, word);
}
