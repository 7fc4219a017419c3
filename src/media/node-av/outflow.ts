// The worker's way out: slabs to write into, and records that tell the reader of them.
//
// What cannot be held back is not: where the reader is behind, a frame of a live input is left out and counted.
import type { Arena } from '../../memory/arena.ts';
import type { Pool } from '../../memory/pool.ts';
import { countWaiters, PoolField } from '../../memory/pool-word.ts';
import type { Slab } from '../../memory/slab.ts';
import { type FrameRecord, type FrameRing, RecordKind } from './frame-ring.ts';

const NOTHING: FrameRecord = { kind: 0, slab: 0, ptsUs: 0, durationUs: -1, flags: 0, epoch: 0, info: 0, samples: 0, capturedAtUs: -1 };

export class Outflow {
  readonly arena: Arena;
  private readonly ring: FrameRing;
  private readonly isLive: boolean;
  private readonly wake: () => void;

  constructor(arena: Arena, ring: FrameRing, isLive: boolean, wake: () => void) {
    this.arena = arena;
    this.ring = ring;
    this.isLive = isLive;
    this.wake = wake;
  }

  /** Told to stop. */
  get isStopped(): boolean {
    return this.ring.stopped;
  }

  set corruptPackets(count: number) {
    this.ring.corruptPackets = count;
  }

  /** A slab for a frame that there is room for, waited for where that can be; undefined when told to stop, or when a live frame is lost. */
  slab(pool: Pool): Slab | undefined {
    if (this.isLive) {
      const slab = this.ring.isFull ? undefined : pool.tryAcquire();
      if (slab === undefined && !this.isStopped) this.ring.overrun();
      return slab;
    }
    return this.ring.waitForRoom() ? this.waitForSlab(pool) : undefined;
  }

  /** Hands a frame over; what a record does not say is unknown. */
  put(record: Partial<FrameRecord>): void {
    if (this.ring.put({ ...NOTHING, ...record })) this.wake();
  }

  end(): void {
    this.put({ kind: RecordKind.end });
  }

  /** The error's note has to be on its way. */
  fail(): void {
    this.put({ kind: RecordKind.error });
  }

  private waitForSlab(pool: Pool): Slab | undefined {
    const { arena, ring } = this;
    const word = pool.handle.address / 4 + PoolField.released;
    while (!ring.stopped) {
      const released = Atomics.load(arena.words, word);
      const slab = pool.tryAcquire();
      if (slab !== undefined) return slab;
      // While the reader has plenty to take, one longer sleep saves many short ones.
      if (ring.count > ring.lowWater) ring.waitForLowWater();
      else if (!ring.stopped) {
        countWaiters(arena.words, pool.handle.address, 1);
        Atomics.wait(arena.words, word, released);
        countWaiters(arena.words, pool.handle.address, -1);
      }
    }
    return undefined;
  }
}
