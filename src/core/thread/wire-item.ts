// Buffers and events as they cross between threads. The bytes stay where they are, in the arena; what crosses is where they
// are, together with the holder's reference to each slab, and a clone of whatever is small.
import type { Arena } from '../../memory/arena.ts';
import { Slab } from '../../memory/slab.ts';
import { type FixedCaps, sameCaps } from '../caps/caps.ts';
import { type BufferMeta, StreamBuffer } from '../stream/buffer.ts';
import type { CapsEvent, StreamEvent } from '../stream/event.ts';
import type { CapsWire, WireStructure } from './wire-caps.ts';

export interface WireBuffer {
  readonly type: 'buffer';
  /** Left out where they are those of the item before. */
  readonly caps?: WireStructure;
  /** Offsets of the slabs. */
  readonly slabs: readonly number[];
  readonly value: unknown;
  readonly pts: number;
  readonly duration: number | undefined;
  readonly bytes: number;
  readonly discont: boolean;
  readonly corrupt: boolean;
  readonly meta: BufferMeta;
  readonly source: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly bornAt: number;
}

export type WireItem = WireBuffer | Exclude<StreamEvent, CapsEvent> | { readonly type: 'caps'; readonly caps: WireStructure };

/** Stands for a slab inside a value: its place in the buffer's list. */
const SLAB = 'leat:slab';

/** Packs what goes along one link. */
export class ItemPacker {
  private readonly wire: CapsWire;
  private caps: FixedCaps | undefined;

  constructor(wire: CapsWire) {
    this.wire = wire;
  }

  /** Takes the buffer over; its slabs' references travel. */
  pack(item: StreamBuffer | StreamEvent): WireItem {
    if (!(item instanceof StreamBuffer)) return item.type === 'caps' ? { type: 'caps', caps: this.wire.pack(item.caps) } : item;
    const { slabs, value, pts, duration, bytes, discont, corrupt, meta, source, epoch, sequence, bornAt, caps } = item;
    const packed: WireBuffer = {
      type: 'buffer',
      slabs: slabs.map(({ offset }) => offset),
      value: slabs.length === 0 ? value : withoutSlabs(value, slabs),
      pts,
      duration,
      bytes,
      discont,
      corrupt,
      meta,
      source,
      epoch,
      sequence,
      bornAt,
      ...(caps === this.caps ? {} : { caps: this.wire.pack(caps) }),
    };
    this.caps = caps;
    for (const slab of slabs) slab.retain();
    item.release();
    return packed;
  }
}

/** Unpacks what comes along one link. */
export class ItemUnpacker {
  private readonly wire: CapsWire;
  private readonly arena: Arena;
  private caps: FixedCaps | undefined;

  constructor(wire: CapsWire, arena: Arena) {
    this.wire = wire;
    this.arena = arena;
  }

  unpack(item: WireItem): StreamBuffer | StreamEvent {
    if (item.type === 'caps') return { type: 'caps', caps: this.remember(item.caps) };
    if (item.type !== 'buffer') return item;
    const slabs = item.slabs.map((offset) => this.arena.slabAt(offset));
    const caps = item.caps === undefined ? this.caps! : this.remember(item.caps);
    return new StreamBuffer({ ...item, caps, slabs, value: slabs.length === 0 ? item.value : withSlabs(item.value, slabs) });
  }

  /** One object for as long as the caps stay the same, since elements compare by identity first. */
  private remember(wire: WireStructure): FixedCaps {
    const caps = this.wire.unpack(wire);
    if (this.caps === undefined || !sameCaps(this.caps, caps)) this.caps = caps;
    return this.caps;
  }
}

/** Counts the slabs of an item that has been sent as held by the thread that it went to. */
export function handOver(item: WireItem, arena: Arena, holders: { readonly from: number; readonly to: number }): void {
  if (item.type === 'buffer') for (const offset of item.slabs) arena.handOver(offset, holders);
}

/** Lets go of the slabs of a buffer that does not arrive. */
export function discard(item: WireItem, arena: Arena): void {
  if (item.type === 'buffer') for (const offset of item.slabs) arena.slabAt(offset).release();
}

function withoutSlabs(value: unknown, slabs: readonly Slab[]): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (value instanceof Slab) {
    const index = slabs.indexOf(value);
    if (index === -1) throw new TypeError('A slab inside the value of a buffer is not among its slabs');
    return { [SLAB]: index };
  }
  if (Array.isArray(value)) return value.map((one) => withoutSlabs(one, slabs));
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withoutSlabs(one, slabs)]));
}

function withSlabs(value: unknown, slabs: readonly Slab[]): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map((one) => withSlabs(one, slabs));
  if (!isPlain(value)) return value;
  const index = (value as Record<string, unknown>)[SLAB];
  if (typeof index === 'number') return slabs[index];
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withSlabs(one, slabs)]));
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
