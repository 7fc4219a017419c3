// Caps as they cross between threads. A structured clone makes new objects of everything, and what rides in `info` (a model's
// manifest, say) counts as the same only when it is the same object: such members are sent once, under a number, and are known
// again from then on, on whichever side they appear.
import type { Caps, CapsStructure } from '../caps/caps.ts';

type InfoMember = { readonly plain: unknown } | { readonly id: number; readonly value?: object };

export interface WireStructure {
  readonly media: string;
  readonly fields: CapsStructure['fields'];
  readonly info?: Readonly<Record<string, InfoMember>>;
}

export type WireCaps = 'any' | readonly WireStructure[];

export class CapsWire {
  private readonly step: 1 | -1;
  private last = 0;
  private readonly ids = new Map<object, number>();
  private readonly objects = new Map<number, object>();

  /** @param step The sign of the numbers that this side gives; the other side's is the other. */
  constructor(step: 1 | -1) {
    this.step = step;
  }

  /** @param whole Sends members of `info` even when they have been sent: for a way on which messages may overtake others. */
  pack(structure: CapsStructure, whole = false): WireStructure {
    const { media, fields, info } = structure;
    if (info === undefined) return { media, fields };
    return { media, fields, info: Object.fromEntries(Object.entries(info).map(([name, value]) => [name, this.packMember(value, whole)])) };
  }

  unpack({ media, fields, info }: WireStructure): CapsStructure {
    if (info === undefined) return { media, fields };
    return { media, fields, info: Object.fromEntries(Object.entries(info).map(([name, member]) => [name, this.unpackMember(member)])) };
  }

  packAll(caps: Caps, whole = false): WireCaps {
    return caps === 'any' ? caps : caps.map((one) => this.pack(one, whole));
  }

  unpackAll(caps: WireCaps): Caps {
    return caps === 'any' ? caps : caps.map((one) => this.unpack(one));
  }

  private packMember(value: unknown, whole: boolean): InfoMember {
    if (typeof value !== 'object' || value === null) return { plain: value };
    const known = this.ids.get(value);
    if (known !== undefined) return whole ? { id: known, value } : { id: known };
    this.last += this.step;
    this.ids.set(value, this.last);
    this.objects.set(this.last, value);
    return { id: this.last, value };
  }

  private unpackMember(member: InfoMember): unknown {
    if ('plain' in member) return member.plain;
    const known = this.objects.get(member.id);
    if (known !== undefined) return known;
    const value = member.value!;
    this.objects.set(member.id, value);
    this.ids.set(value, member.id);
    return value;
  }
}
