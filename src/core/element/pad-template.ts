// Pad templates: what a pad of an element may carry, said before there is an element.

import type { Caps } from '../caps/caps.ts';
import type { StreamBuffer } from '../stream/buffer.ts';

/**
 * A media type: a name for humans and for the type checker, and the caps it may have. `Value` is what a buffer of it holds
 * beside its slabs.
 */
export interface MediaType<Name extends string = string, Value = unknown> {
  readonly name: Name;
  readonly caps: Caps;
  /** Never set: carries the type of {@link StreamBuffer.value}. */
  readonly value?: Value;
}

export type Direction = 'sink' | 'src';

/**
 * - `always`: there from the start.
 * - `sometimes`: there when the element finds that it has such a stream, which its `srcCaps` says once it is open. A graph links it
 *   by name all the same; without the stream, what is linked to it ends at once. Its name may end in `_%u`, too.
 * - `request`: made for each link; its name ends in `_%u`, which counts.
 */
export type Presence = 'always' | 'sometimes' | 'request';

export interface PadTemplate<D extends Direction = Direction, M extends MediaType = MediaType> {
  readonly direction: D;
  readonly presence: Presence;
  readonly media: M;
  /** May stay unlinked without complaint. */
  readonly optional: boolean;
  /**
   * A sink pad to which a link may lead back from further down. What comes there steers the element: it has a queue of its own, and
   * counts neither for the order of elements nor for caps, latency or the end of the stream.
   */
  readonly feedback?: boolean;
}

export interface PadOptions {
  readonly presence?: Presence;
  readonly optional?: boolean;
  readonly feedback?: boolean;
}

/** A pad that takes buffers in. */
export function sinkPad<M extends MediaType>(media: M, options: PadOptions = {}): PadTemplate<'sink', M> {
  return {
    direction: 'sink',
    presence: options.presence ?? 'always',
    media,
    optional: options.optional ?? false,
    ...(options.feedback === true ? { feedback: true } : {}),
  };
}

/** A pad that gives buffers out. */
export function srcPad<M extends MediaType>(media: M, options: PadOptions = {}): PadTemplate<'src', M> {
  return { direction: 'src', presence: options.presence ?? 'always', media, optional: options.optional ?? false };
}

/** Any media type; for elements that pass on whatever comes. */
export function anyMedia(): MediaType<string, unknown> {
  return { name: 'any', caps: 'any' };
}

export type PadTemplates = Readonly<Record<string, PadTemplate>>;

/** The buffers of a media type. */
export type BufferOf<M> = M extends MediaType<string, infer Value> ? StreamBuffer<Value> : never;

type PadNames<Pads extends PadTemplates, D extends Direction> = {
  [Name in keyof Pads]: Pads[Name] extends PadTemplate<D> ? Name : never;
}[keyof Pads] &
  string;

export type SinkNames<Pads extends PadTemplates> = PadNames<Pads, 'sink'>;
export type SrcNames<Pads extends PadTemplates> = PadNames<Pads, 'src'>;

/** What may arrive on a pad, or on any of several. */
export type PadBuffer<Pads extends PadTemplates, Name extends keyof Pads> = BufferOf<Pads[Name]['media']>;

/** Whether pads of a direction are made for links as they are asked for. */
export function hasRequestPads({ pads }: { readonly pads: PadTemplates }, direction: Direction): boolean {
  return Object.values(pads).some((template) => template.direction === direction && template.presence === 'request');
}

/** The template's name for a pad, which differs from the pad's own for request pads. */
export function templateNameOf(
  { pads }: { readonly pads: PadTemplates },
  pad: { readonly template: PadTemplate; readonly name: string },
): string {
  // Asked for every buffer of a join: without a list of all entries.
  for (const name in pads) if (pads[name] === pad.template) return name;
  return pad.name;
}
