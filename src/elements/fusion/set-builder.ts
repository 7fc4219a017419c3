// Makes the buffer that carries a set: its parts, their slabs, and where it comes from.

import type { FixedCaps } from '../../core/caps/caps.ts';
import type { ElementContext } from '../../core/element/element-context.ts';
import type { JoinedItems } from '../../core/join/join.ts';
import type { Member } from '../../core/join/join-policy.ts';
import { StreamBuffer } from '../../core/stream/buffer.ts';
import type { Microseconds } from '../../core/time/time.ts';
import { type JoinedPart, type JoinedSet, partOf } from '../../media/joined.ts';
import { kernelsFor } from '../../memory/kernels.ts';
import type { Pool } from '../../memory/pool.ts';
import type { Slab } from '../../memory/slab.ts';
import type { InputTimes } from './input-times.ts';

/** Where something comes from, and what its times lack to running time. */
export interface Origin extends Pick<StreamBuffer, 'source' | 'epoch'> {
  readonly shift: Microseconds;
}

const NOTHING: readonly (Slab | undefined)[] = [];

export class SetBuilder {
  private readonly context: ElementContext;
  private names: readonly string[] = [];
  private caps!: FixedCaps;
  /** What each input's buffers said last of where they come from. */
  private readonly origins: (Origin | undefined)[] = [];
  /** Where sets come from, until an input's data come from elsewhere. */
  private known: Origin | undefined;
  private readonly pools = new Map<number, Pool>();
  private made = 0;
  /** How many sets had something of their own time from each input. */
  private readonly present: number[] = [];

  private readonly times: InputTimes;

  constructor(context: ElementContext, times: InputTimes) {
    this.context = context;
    this.times = times;
  }

  prepare(names: readonly string[], caps: FixedCaps): void {
    this.names = names;
    this.caps = caps;
  }

  /** Notes where an input's data come from. */
  hear(index: number, { source, epoch, shift }: Origin): void {
    const before = this.origins[index];
    if (before !== undefined && before.source === source && before.epoch === epoch) return;
    this.origins[index] = { source, epoch, shift };
    this.known = undefined;
  }

  /** The same of one of its buffers, which is told from the one before more often than not at a glance. */
  private hearOf(index: number, buffer: StreamBuffer): void {
    const before = this.origins[index];
    if (before !== undefined && before.source === buffer.source && before.epoch === buffer.epoch) return;
    this.hear(index, { source: buffer.source, epoch: buffer.epoch, shift: this.times.shiftOf(buffer) });
  }

  /** What there was in the sets so far, in words. */
  get account(): string {
    const parts = this.names.map((name, index) => `${name} ${this.present[index] ?? 0}`);
    return `${this.made}; of their own time came ${parts.join(', ')}`;
  }

  /** Inputs have changed their places. */
  forget(): void {
    this.origins.length = 0;
    this.present.length = 0;
  }

  /** Where sets come from: what all inputs agree on, or the join itself. */
  get origin(): Origin {
    this.known ??= this.findOrigin();
    return this.known;
  }

  private findOrigin(): Origin {
    const known = this.origins.filter((one) => one !== undefined);
    const [first] = known;
    if (first !== undefined && known.every(({ source, epoch }) => source === first.source && epoch === first.epoch)) return first;
    return { source: this.context.name, epoch: known.reduce((sum, { epoch }) => sum + epoch, 0), shift: 0 };
  }

  /** The buffer of a set; later where something has to be interpolated and there is no memory for it yet. */
  build(set: JoinedItems<StreamBuffer>): StreamBuffer<JoinedSet> | Promise<StreamBuffer<JoinedSet>> {
    const { members } = set;
    let isWhole = true;
    for (let index = 0; index < members.length; index++) {
      const member = members[index];
      if (member?.isPresent === true) {
        this.hearOf(index, member.item);
        this.present[index] = (this.present[index] ?? 0) + 1;
      }
      if (member?.next !== undefined) isWhole = false;
    }
    if (isWhole) return this.assemble(set, NOTHING);
    // Held until they have been interpolated, whatever the join lets go meanwhile.
    const held = members.flatMap((member) =>
      member === undefined ? [] : [member.item, ...(member.next === undefined ? [] : [member.next])],
    );
    for (const buffer of held) buffer.retain();
    return this.interpolateAll(members)
      .then((slabs) => this.assemble(set, slabs))
      .finally(() => {
        for (const buffer of held) buffer.release();
      });
  }

  close(): void {
    for (const pool of this.pools.values()) pool.close();
    this.pools.clear();
  }

  private assemble(
    { pts: runningTime, members, complete }: JoinedItems<StreamBuffer>,
    interpolated: readonly (Slab | undefined)[],
  ): StreamBuffer<JoinedSet> {
    const parts: Record<string, JoinedPart | null> = {};
    const slabs: Slab[] = [];
    let bytes = 0;
    let bornAt = Number.POSITIVE_INFINITY;
    let sequence = this.made++;
    let discont = false;
    const { source, epoch, shift } = this.origin;
    const pts = runningTime - shift;
    for (let index = 0; index < members.length; index++) {
      const member = members[index];
      const name = this.names[index]!;
      if (member === undefined) {
        parts[name] = null;
        continue;
      }
      const slab = interpolated[index];
      const part = slab === undefined ? this.ownPart(member.item) : { ...partOf(member.item), pts, slabs: [slab] };
      // The slab of an interpolation is the set's already.
      if (slab === undefined) for (const one of part.slabs) slabs.push(one.retain());
      else slabs.push(slab);
      parts[name] = part;
      bytes += part.bytes;
      if (part.bornAt < bornAt) bornAt = part.bornAt;
      if (!member.isPresent) continue;
      if (part.discont) discont = true;
      if (part.source === source) sequence = part.sequence;
    }
    return new StreamBuffer<JoinedSet>({
      caps: this.caps,
      pts,
      slabs,
      bytes,
      value: { parts, complete },
      source,
      epoch,
      sequence,
      discont,
      bornAt,
    });
  }

  /** A buffer as part of a set, at its own time. */
  private ownPart(buffer: StreamBuffer): JoinedPart {
    const shift = this.times.shiftOf(buffer);
    const part = partOf(buffer);
    return shift === 0 ? part : { ...part, pts: buffer.pts - shift };
  }

  private async interpolateAll(members: readonly (Member<StreamBuffer> | undefined)[]): Promise<(Slab | undefined)[]> {
    const slabs: (Slab | undefined)[] = [];
    try {
      for (const [index, member] of members.entries()) {
        if (member?.next !== undefined) slabs[index] = await this.interpolate(index, member.item, member.next, member.weight!);
      }
    } catch (error) {
      for (const slab of slabs) slab?.release();
      throw error;
    }
    return slabs;
  }

  private async interpolate(index: number, before: StreamBuffer, after: StreamBuffer, weight: number): Promise<Slab> {
    const { arena, name } = this.context;
    let pool = this.pools.get(index);
    if (pool === undefined || pool.slabBytes < before.bytes) {
      pool?.close();
      pool = this.context.pool({ name: `${name}.${index}`, slabBytes: before.bytes, spare: 1 });
      this.pools.set(index, pool);
    }
    const slab = await pool.acquire();
    kernelsFor(arena).blendFloats(before.slab.offset, after.slab.offset, slab.offset, before.bytes / 4, weight);
    return slab;
  }
}
