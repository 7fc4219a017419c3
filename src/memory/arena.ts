// The arena: one shared WebAssembly memory that holds every payload of a process.
//
// Decoders, kernels, worker threads and ONNX Runtime all read and write it in place, so that a frame crosses the whole
// graph without being copied. The allocator's state lives in the memory itself, behind a sleeping lock: any thread may
// allocate and release. Page 0 belongs to the kernels' constants, page 1 to this allocator, the rest are slabs.
//
// Slabs are cut from the end and, once released, kept in a list of their size class; nothing is ever split or merged, since
// a graph asks for the same few sizes over and over.
import { lock, unlock } from './arena-lock.ts';
import { bytesOfDtype, type Dtype, type ViewOf, viewOf } from './dtype.ts';
import { MemoryError } from './memory-error.ts';
import type { Pool } from './pool.ts';
import { bytesOfClass, SIZE_CLASSES, sizeClassOf } from './size-class.ts';
import { HEADER_BYTES, heldWord, Slab, SlabField } from './slab.ts';
import { Memory, type SharedMemory } from './web-assembly.ts';

const PAGE = 65536;
const UNIT = 64;
// Nothing is cut from the last bytes, so that kernels may read (never write) a whole vector that begins in a slab.
const GUARD = 64;

// The allocator's own words, as indices into an Int32Array over the whole memory. Offsets are held in units of 64 bytes.
const BASE = PAGE / 4;
const LOCK = BASE;
const NEXT = BASE + 1;
const IN_USE = BASE + 2;
const SLABS_MADE = BASE + 3;
const HOLDERS = BASE + 4;
const LISTS = BASE + 16;
/** As many as there is room for in a slab's header. */
const HOLDER_LIMIT = HEADER_BYTES / 4 - SlabField.held;

/** What another thread needs to attach to an arena; survives `postMessage`. */
export interface ArenaHandle {
  readonly memory: SharedMemory;
  readonly maximumBytes: number;
  /** Who attaches: a thread that may die, so that what it holds is counted; 0 counts nothing. Default: 0. */
  readonly holder?: number;
}

export interface ArenaOptions {
  /** Address space set aside; pages are committed on first touch. At most 4 GiB. */
  readonly maximumBytes?: number;
  readonly initialBytes?: number;
}

export interface ArenaStatistics {
  /** Slabs with at least one reference. */
  readonly slabsInUse: number;
  readonly slabsMade: number;
  /** Bytes cut from the memory so far, in use or free. */
  readonly bytesCut: number;
  readonly bytesMaximum: number;
}

export class Arena {
  readonly memory: SharedMemory;
  readonly maximumBytes: number;
  /** What this thread is counted as, with all that it starts; 0 where it is not. */
  readonly holder: number;
  /** The pools over it that are open in this thread. */
  readonly pools = new Set<Pool>();
  /** The 32-bit words of the whole memory; refreshed when the memory has grown. */
  private cachedWords: Int32Array;

  private constructor(memory: SharedMemory, maximumBytes: number, holder = 0) {
    this.memory = memory;
    this.holder = holder;
    this.maximumBytes = maximumBytes;
    this.cachedWords = new Int32Array(memory.buffer);
  }

  /** Makes a new arena. */
  static create({ maximumBytes = 2 ** 31, initialBytes = 8 * 2 ** 20 }: ArenaOptions = {}): Arena {
    const pages = (bytes: number) => Math.min(65536, Math.max(3, Math.ceil(bytes / PAGE)));
    const memory = new Memory({ initial: pages(Math.min(initialBytes, maximumBytes)), maximum: pages(maximumBytes), shared: true });
    const arena = new Arena(memory, pages(maximumBytes) * PAGE);
    arena.cachedWords[NEXT] = (2 * PAGE) / UNIT;
    return arena;
  }

  /** The same arena in another thread. */
  static attach({ memory, maximumBytes, holder = 0 }: ArenaHandle): Arena {
    return new Arena(memory, maximumBytes, holder);
  }

  get handle(): ArenaHandle {
    return { memory: this.memory, maximumBytes: this.maximumBytes, holder: this.holder };
  }

  /**
   * A slab of at least `bytes` bytes, 64-byte aligned, with one reference. Its contents are undefined.
   *
   * @param pool The address of the pool that accounts for the slab, or 0.
   * @throws MemoryError `memory/arena-full`.
   */
  allocate(bytes: number, pool = 0): Slab {
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw new RangeError(`A slab's size must be a whole number of bytes, found ${bytes}`);
    if (bytes > this.maximumBytes) throw this.full(bytes);
    const index = sizeClassOf(bytes);
    const capacity = bytesOfClass(index);
    let words = this.words;
    let offset: number;
    lock(words, LOCK);
    try {
      offset = this.takeFree(words, index) || this.cut(words, index, bytes);
      words[IN_USE] = words[IN_USE]! + 1;
    } finally {
      unlock(words, LOCK);
    }
    words = this.words;
    const header = (offset - HEADER_BYTES) / 4;
    words[header + SlabField.pool] = pool / UNIT;
    Atomics.store(words, header + SlabField.references, 1);
    if (this.holder > 0) Atomics.add(words, header + heldWord(this.holder), 1);
    return new Slab(this, offset, capacity);
  }

  /** The slab at an offset that another thread handed over; takes its reference over and adds none. */
  slabAt(offset: number): Slab {
    const index = this.words[(offset - HEADER_BYTES) / 4 + SlabField.classIndex]!;
    return new Slab(this, offset, bytesOfClass(index));
  }

  /** Puts a slab without references back; called by {@link Slab.release} alone. */
  reclaim(offset: number): void {
    const words = this.words;
    const header = (offset - HEADER_BYTES) / 4;
    const list = LISTS + words[header + SlabField.classIndex]!;
    lock(words, LOCK);
    words[header + SlabField.next] = words[list]!;
    words[list] = offset / UNIT;
    words[IN_USE] = words[IN_USE]! - 1;
    unlock(words, LOCK);
  }

  /** A number for a thread that is going to attach and may die; 0 when there are no more. {@link endHolder} gives it back. */
  claimHolder(): number {
    const { words } = this;
    for (let holder = 1; holder <= HOLDER_LIMIT; holder++) {
      const bit = 1 << holder;
      if ((Atomics.or(words, HOLDERS, bit) & bit) === 0) return holder;
    }
    return 0;
  }

  /** Says that a slab's reference has gone from one thread to another. */
  handOver(offset: number, { from, to }: { readonly from: number; readonly to: number }): void {
    const header = (offset - HEADER_BYTES) / 4;
    if (from > 0) Atomics.sub(this.words, header + heldWord(from), 1);
    if (to > 0) Atomics.add(this.words, header + heldWord(to), 1);
  }

  /**
   * A holder has gone: forgets what it held, or, where it has died, gives that back. Nothing of the holder may run any more.
   *
   * @returns How many slabs it held.
   */
  endHolder(holder: number, hasDied: boolean): number {
    if (holder === 0) return 0;
    const held = this.heldBy(holder);
    for (const [offset, references] of held) {
      const slab = this.slabAt(offset);
      if (hasDied) for (let left = references; left > 0; left--) slab.letGo();
    }
    Atomics.and(this.words, HOLDERS, ~(1 << holder));
    return held.length;
  }

  /** The slabs that a holder has references to, and how many; it is counted for none of them any more. */
  private heldBy(holder: number): [offset: number, references: number][] {
    const found: [number, number][] = [];
    const { words } = this;
    lock(words, LOCK);
    const end = (words[NEXT]! >>> 0) * UNIT;
    for (let start = 2 * PAGE; start < end; ) {
      const references = Atomics.exchange(words, start / 4 + heldWord(holder), 0);
      if (references > 0) found.push([start + HEADER_BYTES, references]);
      const capacity = bytesOfClass(words[start / 4 + SlabField.classIndex]!);
      start += HEADER_BYTES + Math.ceil(capacity / UNIT) * UNIT;
    }
    unlock(words, LOCK);
    return found;
  }

  /** The whole memory as 32-bit words. */
  get words(): Int32Array {
    if (this.cachedWords.length * 4 !== this.memory.buffer.byteLength) this.cachedWords = new Int32Array(this.memory.buffer);
    return this.cachedWords;
  }

  /**
   * A typed view of part of the memory. Views stay valid when the memory grows.
   *
   * @throws MemoryError `memory/out-of-bounds`.
   */
  view<D extends Dtype>(dtype: D, offset: number, count: number): ViewOf<D> {
    const end = offset + count * bytesOfDtype(dtype);
    if (offset < 0 || end > this.memory.buffer.byteLength) {
      throw new MemoryError(
        'memory/out-of-bounds',
        `Cannot view ${count} ${dtype} at ${offset}: the arena ends at ${this.memory.buffer.byteLength}`,
      );
    }
    return viewOf(dtype, this.memory.buffer, offset, count);
  }

  bytes(offset: number, length: number): Uint8Array {
    return this.view('uint8', offset, length);
  }

  get statistics(): ArenaStatistics {
    const words = this.words;
    return {
      slabsInUse: Atomics.load(words, IN_USE),
      slabsMade: Atomics.load(words, SLABS_MADE),
      bytesCut: (Atomics.load(words, NEXT) >>> 0) * UNIT - 2 * PAGE,
      bytesMaximum: this.maximumBytes,
    };
  }

  private takeFree(words: Int32Array, index: number): number {
    const first = words[LISTS + index]! >>> 0;
    if (first === 0) return 0;
    const offset = first * UNIT;
    words[LISTS + index] = words[(offset - HEADER_BYTES) / 4 + SlabField.next]!;
    return offset;
  }

  private cut(words: Int32Array, index: number, asked: number): number {
    const capacity = bytesOfClass(index);
    const start = (words[NEXT]! >>> 0) * UNIT;
    const end = start + HEADER_BYTES + Math.ceil(capacity / UNIT) * UNIT;
    if (end + GUARD > this.maximumBytes) throw this.full(asked);
    const missing = end + GUARD - this.memory.buffer.byteLength;
    // Growing by at least an eighth keeps the number of growths small; the pages are committed on first touch only.
    if (missing > 0) {
      const wanted = Math.max(missing, Math.floor(this.memory.buffer.byteLength / 8));
      this.memory.grow(Math.ceil(Math.min(wanted, this.maximumBytes - this.memory.buffer.byteLength) / PAGE));
    }
    words[NEXT] = end / UNIT;
    words[SLABS_MADE] = words[SLABS_MADE]! + 1;
    this.words[start / 4 + SlabField.classIndex] = index;
    return start + HEADER_BYTES;
  }

  private full(asked: number): MemoryError {
    const cut = this.statistics.bytesCut;
    return new MemoryError(
      'memory/arena-full',
      `Cannot allocate ${asked} bytes: ${cut} of the arena's ${this.maximumBytes} bytes are cut already; raise the arena's limit, or lower queue limits and pool sizes`,
    );
  }
}

if (SIZE_CLASSES + LISTS > BASE + PAGE / 4) throw new RangeError('The size classes do not fit the allocator page');
