// The part of a pool that lives in the arena, so that whichever thread releases a slab can account for it.

/** Words of a pool, relative to its address. */
export const PoolField = { inUse: 0, limit: 1, highWater: 2, released: 3 } as const;

// By address alone: two arenas may have a pool at the same address, and then one hears of the other's releases. A waker
// looks for itself whether there is room, so that a false alarm costs nothing.
const wakers = new Map<number, Set<() => void>>();

/** Calls `wake` whenever this thread releases a slab of the pool; releases in other threads are heard through `Atomics.notify`. */
export function onLocalRelease(pool: number, wake: () => void): () => void {
  const set = wakers.get(pool) ?? new Set();
  wakers.set(pool, set.add(wake));
  return () => {
    set.delete(wake);
    if (set.size === 0) wakers.delete(pool);
  };
}

/** Accounts for a slab that came back to the pool at `pool`. */
export function poolReleased(words: Int32Array, pool: number): void {
  const word = pool / 4;
  Atomics.sub(words, word + PoolField.inUse, 1);
  Atomics.add(words, word + PoolField.released, 1);
  Atomics.notify(words, word + PoolField.released);
  const set = wakers.get(pool);
  if (set !== undefined) for (const wake of set) wake();
}
