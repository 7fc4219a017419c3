// A buffer: an immutable, counted handle on a piece of a stream.
//
// The payload lies in slabs of the arena, or, where it is small and structured (detections, text), in `value`. The framework
// counts; who writes an element neither retains nor releases. A tee shares one buffer; whoever wants to write in place asks
// `isWritable` first and copies otherwise. Sizes and times are plain fields, since reading them must cost nothing.
import type { Slab } from '../../memory/slab.ts';
import type { FixedCaps } from '../caps/caps.ts';
import type { Microseconds } from '../time/time.ts';
import type { PartGap } from './event.ts';

/** What rides along with a buffer; members are added by media packages through declaration merging. */
export interface BufferMeta {
  /** Of a buffer in which several streams travel as one: what each of those would miss without it. */
  readonly parts?: readonly PartGap[];
  /** Of a buffer that is replayed: when it came while it was recorded, in microseconds since that began. */
  readonly recordedAt?: Microseconds;
}

export interface BufferInit<V = unknown> {
  readonly caps: FixedCaps;
  readonly pts: Microseconds;
  readonly duration?: Microseconds | undefined;
  readonly slabs?: readonly Slab[];
  readonly value?: V;
  /** Payload size in bytes, as queues count it. Default: the slabs' sizes. */
  readonly bytes?: number;
  readonly source?: string;
  readonly epoch?: number;
  readonly sequence?: number;
  readonly discont?: boolean;
  readonly corrupt?: boolean;
  readonly meta?: BufferMeta;
  readonly bornAt?: Microseconds;
}

const NO_SLABS: readonly Slab[] = [];
const NO_META: BufferMeta = {};

export class StreamBuffer<V = unknown> {
  readonly caps: FixedCaps;
  /** Presentation time in stream time. */
  readonly pts: Microseconds;
  /** How long it lasts, where that is known. */
  readonly duration: Microseconds | undefined;
  readonly slabs: readonly Slab[];
  readonly value: V;
  readonly bytes: number;
  /** Something before it was lost. */
  readonly discont: boolean;
  /** Its contents are damaged. */
  readonly corrupt: boolean;
  readonly meta: BufferMeta;
  /** The name of the source it came from. The framework sets this and the next three where a buffer enters the graph. */
  source: string;
  /** Which incarnation of its source it came from: the epoch is raised on reconnect, re-add and reset. */
  epoch: number;
  /** Counts the source's buffers from 0, so that branches can be joined again without comparing times. */
  sequence: number;
  /** Its maker has given it its sequence. */
  readonly isNumbered: boolean;
  /** Clock time at which it, or what it was made from, entered the graph. */
  bornAt: Microseconds;
  private references = 1;

  /** Takes over one reference to each slab. */
  constructor(init: BufferInit<V>) {
    this.caps = init.caps;
    this.pts = init.pts;
    this.duration = init.duration;
    this.slabs = init.slabs ?? NO_SLABS;
    this.value = init.value as V;
    this.bytes = init.bytes ?? sizeOf(this.slabs);
    this.source = init.source ?? '';
    this.epoch = init.epoch ?? 0;
    this.sequence = init.sequence ?? 0;
    this.isNumbered = init.sequence !== undefined;
    this.discont = init.discont ?? false;
    this.corrupt = init.corrupt ?? false;
    this.meta = init.meta ?? NO_META;
    this.bornAt = init.bornAt ?? 0;
  }

  /** The first slab, where the payload has one. @throws TypeError when it has none. */
  get slab(): Slab {
    const slab = this.slabs[0];
    if (slab === undefined) throw new TypeError(`A ${this.caps.media} buffer has no slab`);
    return slab;
  }

  /** A holder more; for the framework, and for elements that keep buffers beyond their hook. */
  retain(): this {
    if (this.references < 1) throw new RangeError(`Cannot retain a ${this.caps.media} buffer that has been released`);
    this.references++;
    return this;
  }

  /** A holder less; the last one gives the slabs back. */
  release(): void {
    if (this.references < 1) throw new RangeError(`Cannot release a ${this.caps.media} buffer once too often`);
    if (--this.references === 0) for (const slab of this.slabs) slab.release();
  }

  /** Whether its holder is alone with the payload and may write in place. */
  get isWritable(): boolean {
    return this.references === 1 && this.slabs.every((slab) => slab.references === 1);
  }

  /**
   * Another buffer from the same moment of the same source, with some things changed. Unless `slabs` are given it shares this
   * one's; slabs that are given are taken over.
   */
  derive<W = V>(changes: Partial<BufferInit<W>>): StreamBuffer<W> {
    if (changes.slabs === undefined) for (const slab of this.slabs) slab.retain();
    return new StreamBuffer<W>({
      caps: changes.caps ?? this.caps,
      pts: changes.pts ?? this.pts,
      duration: 'duration' in changes ? changes.duration : this.duration,
      slabs: changes.slabs ?? this.slabs,
      value: ('value' in changes ? changes.value : this.value) as W,
      bytes: changes.bytes ?? (changes.slabs === undefined ? this.bytes : sizeOf(changes.slabs)),
      source: changes.source ?? this.source,
      epoch: changes.epoch ?? this.epoch,
      sequence: changes.sequence ?? this.sequence,
      discont: changes.discont ?? this.discont,
      corrupt: changes.corrupt ?? this.corrupt,
      meta: changes.meta === undefined ? this.meta : { ...this.meta, ...changes.meta },
      bornAt: changes.bornAt ?? this.bornAt,
    });
  }
}

function sizeOf(slabs: readonly Slab[]): number {
  let bytes = 0;
  for (const slab of slabs) bytes += slab.bytes;
  return bytes;
}
