// Puts arrays one behind another into a slab, each at a multiple of 64 bytes. Without an arena it only counts, so that the same
// code says how large the slab has to be.
import type { Arena } from './arena.ts';

type Data = Uint8Array | Int16Array | Int32Array | Uint32Array | Float32Array;

export class SlabWriter {
  /** The next free byte, from the arena's start. */
  at: number;
  private readonly arena: Arena | undefined;

  constructor(arena?: Arena, at = 0) {
    this.arena = arena;
    this.at = at;
  }

  /** Sets bytes aside. Returns their address. */
  take(bytes: number): number {
    const { at } = this;
    this.at += Math.ceil(bytes / 64) * 64;
    return at;
  }

  /** Writes an array. Returns its address. */
  put(data: Data): number {
    const at = this.take(data.byteLength);
    this.putAt(at, data);
    return at;
  }

  /** Writes an array to memory taken before. */
  putAt(at: number, data: Data): void {
    this.arena?.bytes(at, data.byteLength).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
}
