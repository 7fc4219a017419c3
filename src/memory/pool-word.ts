// The part of a pool that lives in the arena, so that whichever thread releases a slab can account for it.

/** Words of a pool, relative to its address; `waiters` counts those of all threads that wait for a slab. */
export const PoolField = { inUse: 0, highWater: 1, released: 2, waiters: 3 } as const;

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

/** Counts one more slab out, unless the limit is reached. */
export function countUp(words: Int32Array, pool: number, limit: number): boolean {
  const word = pool / 4;
  let inUse = Atomics.load(words, word + PoolField.inUse);
  for (;;) {
    if (inUse >= limit) return false;
    const seen = Atomics.compareExchange(words, word + PoolField.inUse, inUse, inUse + 1);
    if (seen === inUse) break;
    inUse = seen;
  }
  for (let high = Atomics.load(words, word + PoolField.highWater); high < inUse + 1; ) {
    high = Atomics.compareExchange(words, word + PoolField.highWater, high, inUse + 1);
  }
  return true;
}

/** Counts somebody who begins to wait for a slab, or one who does so no longer. */
export function countWaiters(words: Int32Array, pool: number, by: 1 | -1): void {
  Atomics.add(words, pool / 4 + PoolField.waiters, by);
}

/** Counts one slab less out and wakes other threads that wait for it. */
export function countDown(words: Int32Array, pool: number): void {
  const word = pool / 4;
  Atomics.sub(words, word + PoolField.inUse, 1);
  Atomics.add(words, word + PoolField.released, 1);
  Atomics.notify(words, word + PoolField.released);
}

/** Accounts for a slab that came back to the pool at `pool`. */
export function poolReleased(words: Int32Array, pool: number): void {
  countDown(words, pool);
  const set = wakers.get(pool);
  if (set !== undefined) for (const wake of set) wake();
}
