// Caps: what may flow through a pad. A list of alternatives, the preferred first, each a media type with fields.
//
// A link is legal when the caps of its two ends intersect. Fixed caps, one alternative with nothing left open, describe the
// buffers that really flow. Beside its fields an alternative may carry `info`, things that go with the stream (a model's
// manifest, colour tags) and have no part in negotiation.
import { type CapsValue, fixateValue, formatValue, intersectValues, isFixedValue, sameValue } from './caps-value.ts';

export interface CapsStructure<Media extends string = string> {
  /** The media type: `video/raw`, `tensor`, `detections`. */
  readonly media: Media;
  readonly fields: Readonly<Record<string, CapsValue>>;
  /** What goes with the stream without being negotiated. */
  readonly info?: Readonly<Record<string, unknown>>;
}

/** Alternatives, the preferred first; `'any'` stands for everything, an empty list for nothing. */
export type Caps<Media extends string = string> = 'any' | readonly CapsStructure<Media>[];

/** Caps with nothing left open. */
export type FixedCaps<Media extends string = string> = CapsStructure<Media>;

/** Caps of one alternative. */
export function caps<Media extends string>(
  media: Media,
  fields: Record<string, CapsValue> = {},
  info?: Record<string, unknown>,
): readonly [CapsStructure<Media>] {
  return [info === undefined ? { media, fields } : { media, fields, info }];
}

/** What two caps have in common, in the first one's order of preference. */
export function intersectCaps(a: Caps, b: Caps): Caps {
  if (a === 'any') return b;
  if (b === 'any') return a;
  const common: CapsStructure[] = [];
  for (const one of a) {
    for (const other of b) {
      const both = intersectStructures(one, other);
      // Alternatives that overlap would otherwise multiply from link to link.
      if (both !== undefined && !common.some((known) => sameCaps(known, both))) common.push(both);
    }
  }
  return common;
}

/** What two alternatives have in common; undefined when a field is disjoint or the media types differ. */
export function intersectStructures(a: CapsStructure, b: CapsStructure): CapsStructure | undefined {
  if (a.media !== b.media) return undefined;
  const fields: Record<string, CapsValue> = { ...b.fields, ...a.fields };
  for (const [name, value] of Object.entries(a.fields)) {
    const other = b.fields[name];
    if (other === undefined) continue;
    const common = intersectValues(value, other);
    if (common === undefined) return undefined;
    fields[name] = common;
  }
  const info = a.info === undefined && b.info === undefined ? undefined : { ...b.info, ...a.info };
  return info === undefined ? { media: a.media, fields } : { media: a.media, fields, info };
}

export function isEmptyCaps(value: Caps): boolean {
  return value !== 'any' && value.length === 0;
}

export function isFixedCaps(value: Caps): boolean {
  return value !== 'any' && value.length === 1 && Object.values(value[0]!.fields).every(isFixedValue);
}

/** The first alternative, with every open field settled: the preferred choice, the smallest number. */
export function fixateCaps(value: Caps): FixedCaps | undefined {
  const first = value === 'any' ? undefined : value[0];
  if (first === undefined) return undefined;
  return { ...first, fields: Object.fromEntries(Object.entries(first.fields).map(([name, field]) => [name, fixateValue(field)])) };
}

/** Whether two fixed caps describe the same buffers; `info` counts by identity of its members. */
export function sameCaps(a: FixedCaps, b: FixedCaps): boolean {
  if (a === b) return true;
  const names = Object.keys(a.fields);
  return (
    a.media === b.media &&
    names.length === Object.keys(b.fields).length &&
    names.every((name) => b.fields[name] !== undefined && sameValue(a.fields[name]!, b.fields[name])) &&
    sameInfo(a.info ?? {}, b.info ?? {})
  );
}

/**
 * What streams of these caps have in common, one for each set of fields. Of what goes with the
 * streams (a frame rate, colour tags) it keeps what they agree on.
 */
export function sharedCaps(streams: readonly FixedCaps[]): FixedCaps[] {
  const shared: FixedCaps[] = [];
  for (const one of streams) {
    const at = shared.findIndex((other) => haveSameFields(one, other));
    if (at < 0) shared.push(one);
    else shared[at] = agreed(shared[at]!, one);
  }
  return shared;
}

export function haveSameFields({ media, fields }: FixedCaps, other: FixedCaps): boolean {
  return sameCaps({ media, fields }, { media: other.media, fields: other.fields });
}

function agreed(a: FixedCaps, b: FixedCaps): FixedCaps {
  if (a.info === undefined) return a;
  const info = Object.fromEntries(Object.entries(a.info).filter(([name, value]) => b.info?.[name] === value));
  return { media: a.media, fields: a.fields, info };
}

/** As written in messages: `video/raw(format=I420, width=1920)`. */
export function formatCaps(value: Caps): string {
  if (value === 'any') return 'anything';
  return value.length === 0 ? 'nothing' : value.map(formatStructure).join(' or ');
}

export function formatStructure({ media, fields }: CapsStructure): string {
  const list = Object.entries(fields).map(([name, field]) => `${name}=${formatValue(field)}`);
  return list.length === 0 ? media : `${media}(${list.join(', ')})`;
}

function sameInfo(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
