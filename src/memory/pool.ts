// A pool: a limit on how many slabs of one size somebody may hold at once.
//
// The slabs themselves come from the arena and go back to it; the pool counts. An empty pool is backpressure: `tryAcquire`
// gives nothing and `acquire` waits in turn, woken by whichever thread releases a slab.
import type { Arena } from './arena.ts';
import { MemoryError } from './memory-error.ts';
import { countDown, countUp, countWaiters, onLocalRelease, PoolField } from './pool-word.ts';
import type { Slab } from './slab.ts';

export interface PoolOptions {
  /** Shown in leak reports. */
  readonly name: string;
  readonly slabBytes: number;
  /** How many slabs may be out at once. */
  readonly limit: number;
}

/** What another thread needs to take slabs from the same pool. */
export interface PoolHandle extends PoolOptions {
  readonly address: number;
}

interface Waiter {
  readonly resolve: (slab: Slab) => void;
  readonly reject: (reason: unknown) => void;
}

export class Pool {
  readonly name: string;
  readonly slabBytes: number;
  private atMost: number;
  private readonly arena: Arena;
  private readonly address: number;
  private readonly forget: () => void;
  private readonly control: Slab | undefined;
  private readonly waiters: Waiter[] = [];
  private keepAlive: NodeJS.Timeout | undefined;
  private closed = false;
  /** Whether a call of `waitAsync` is pending: one serves all waiters. */
  private isListening = false;

  private constructor(arena: Arena, options: PoolOptions, address: number, control: Slab | undefined) {
    this.arena = arena;
    this.name = options.name;
    this.slabBytes = options.slabBytes;
    this.atMost = options.limit;
    this.address = address;
    this.control = control;
    this.forget = onLocalRelease(address, () => this.serve());
    arena.pools.add(this);
  }

  static create(arena: Arena, options: PoolOptions): Pool {
    if (!(options.limit >= 1)) throw new RangeError(`Pool ${options.name}: the limit must be at least 1, found ${options.limit}`);
    const control = arena.allocate(64);
    const word = control.offset / 4;
    arena.words.fill(0, word, word + 16);
    return new Pool(arena, options, control.offset, control);
  }

  /** The same pool in another thread. */
  static attach(arena: Arena, handle: PoolHandle): Pool {
    return new Pool(arena, handle, handle.address, undefined);
  }

  get handle(): PoolHandle {
    return { name: this.name, slabBytes: this.slabBytes, limit: this.limit, address: this.address };
  }

  /** How many slabs may be out at once. */
  get limit(): number {
    return this.atMost;
  }

  /** Has more slabs be out at once; in this thread, and in those that attach from now on. */
  grow(limit: number): void {
    if (limit <= this.atMost) return;
    this.atMost = limit;
    this.serve();
  }

  get isClosed(): boolean {
    return this.closed;
  }

  get inUse(): number {
    return Atomics.load(this.arena.words, this.address / 4 + PoolField.inUse);
  }

  get highWater(): number {
    return Atomics.load(this.arena.words, this.address / 4 + PoolField.highWater);
  }

  /** How many wait for a slab, in whichever thread. */
  get waiting(): number {
    return Atomics.load(this.arena.words, this.address / 4 + PoolField.waiters);
  }

  /** A slab with one reference, or nothing when the pool is at its limit. */
  tryAcquire(): Slab | undefined {
    if (this.closed) throw new MemoryError('memory/pool-closed', `Cannot take a slab from ${this.name}: the pool is closed`);
    const { words } = this.arena;
    if (!countUp(words, this.address, this.limit)) return undefined;
    try {
      const slab = this.arena.allocate(this.slabBytes, this.address);
      this.arena.slabAt(this.address).keep();
      return slab;
    } catch (error) {
      countDown(words, this.address);
      throw error;
    }
  }

  /** A slab as soon as there is one, in the order of asking; at once where there is room. */
  acquire(): Slab | Promise<Slab> {
    const slab = this.waiters.length === 0 ? this.tryAcquire() : undefined;
    if (slab !== undefined) return slab;
    return new Promise((resolve, reject) => {
      this.waiters.push({ resolve, reject });
      countWaiters(this.arena.words, this.address, 1);
      this.listen();
    });
  }

  /** Turns every waiter away. Slabs still out stay valid. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.forget();
    this.arena.pools.delete(this);
    clearInterval(this.keepAlive);
    for (const waiter of this.waiters.splice(0)) {
      countWaiters(this.arena.words, this.address, -1);
      waiter.reject(new MemoryError('memory/pool-closed', `Cannot take a slab from ${this.name}: the pool is closed`));
    }
    this.control?.release();
  }

  /** @throws MemoryError `memory/leak` when a slab has not come back. */
  assertAllReturned(): void {
    if (this.inUse !== 0) throw new MemoryError('memory/leak', `Pool ${this.name} still has ${this.inUse} of ${this.limit} slabs out`);
  }

  private serve(): void {
    while (this.waiters.length > 0) {
      try {
        const slab = this.tryAcquire();
        if (slab === undefined) return;
        this.next()?.resolve(slab);
      } catch (error) {
        // The arena is full: that is the waiter's trouble, not of whoever released a slab just now.
        this.next()?.reject(error);
      }
    }
    clearInterval(this.keepAlive);
    this.keepAlive = undefined;
  }

  private next(): Waiter | undefined {
    countWaiters(this.arena.words, this.address, -1);
    return this.waiters.shift();
  }

  /** Hears releases of other threads. The timer only keeps the process alive: a pending `waitAsync` does not. */
  private listen(): void {
    this.keepAlive ??= setInterval(() => {}, 2 ** 30);
    if (this.isListening) return;
    this.isListening = true;
    const wait = (): void => {
      while (!this.closed && this.waiters.length > 0) {
        const word = this.address / 4 + PoolField.released;
        const seen = Atomics.load(this.arena.words, word);
        this.serve();
        if (this.waiters.length === 0) break;
        const result = waitAsync(this.arena.words, word, seen);
        if (result.async) {
          void result.value.then(wait);
          return;
        }
      }
      this.isListening = false;
    };
    wait();
  }
}

type WaitAsync = (
  words: Int32Array,
  index: number,
  value: number,
) => { async: false; value: string } | { async: true; value: Promise<string> };
const waitAsync = (Atomics as unknown as { waitAsync: WaitAsync }).waitAsync;
