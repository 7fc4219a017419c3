// A mutex in shared memory that sleeps rather than spins (Drepper, "Futexes are tricky", mutex 2).
// Word values: 0 free, 1 taken, 2 taken and somebody waits.

export function lock(words: Int32Array, index: number): void {
  let seen = Atomics.compareExchange(words, index, 0, 1);
  while (seen !== 0) {
    if (seen === 2 || Atomics.compareExchange(words, index, 1, 2) !== 0) Atomics.wait(words, index, 2);
    seen = Atomics.compareExchange(words, index, 0, 2);
  }
}

export function unlock(words: Int32Array, index: number): void {
  if (Atomics.exchange(words, index, 0) === 2) Atomics.notify(words, index, 1);
}
