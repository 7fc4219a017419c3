// The media types that pads carry, each with the caps it may have and what its buffers hold.
import { type Caps, caps } from '../core/caps/caps.ts';
import type { CapsValue } from '../core/caps/caps-value.ts';
import type { MediaType } from '../core/element/pad-template.ts';
import type { ClassificationSet } from './detection/classifications.ts';
import type { DetectionSet } from './detection/detections.ts';
import { VIDEO_FORMATS } from './frame-layout.ts';
import type { JoinedSet } from './joined.ts';
import type { JsonItem, MessageItem } from './message/message-item.ts';
import { AUDIO_FORMATS } from './reader/audio-stream-info.ts';
import type { TensorSet } from './tensor/tensor-set.ts';
import type { TextItem } from './text/text-item.ts';

const ANY_SIZE: CapsValue = { min: 1, max: 16384 };

/** Video frames, one slab each, laid out as `frameLayout` says. Fields: `format`, `width`, `height` in pixels; info: {@link VideoInfo}. */
export function rawVideo(fields: Record<string, CapsValue> = {}): MediaType<'video/raw', undefined> {
  const all = { format: { anyOf: [...VIDEO_FORMATS] }, width: ANY_SIZE, height: ANY_SIZE, ...fields };
  return { name: 'video/raw', caps: caps('video/raw', all) };
}

/** What goes with video caps without being negotiated. */
export interface VideoInfo {
  /** How YUV becomes RGB. */
  readonly matrix: 'bt601' | 'bt709';
  /** Whether luma runs from 16 to 235 or from 0 to 255. */
  readonly range: 'limited' | 'full';
  /** Frames a second, where that is known and constant. */
  readonly frameRate: number | undefined;
}

/**
 * Sound, one slab per buffer: samples of all channels side by side, one after the other. Fields: `format` (`F32` from -1 to 1, or
 * `S16`), `rate` in samples a second, `channels`.
 */
export function rawAudio(fields: Record<string, CapsValue> = {}): MediaType<'audio/raw', undefined> {
  const all = { format: { anyOf: [...AUDIO_FORMATS] }, rate: { min: 1, max: 768_000 }, channels: { min: 1, max: 64 }, ...fields };
  return { name: 'audio/raw', caps: caps('audio/raw', all) };
}

/**
 * One tensor per buffer, contiguous in one slab. Fields: `dtype`, `shape` (without the batch axis, outermost first), `layout`
 * (`CHW` or `HWC` for pictures).
 */
export function tensor(fields: Record<string, CapsValue> = {}): MediaType<'tensor', undefined> {
  return { name: 'tensor', caps: caps('tensor', fields) };
}

/** The named outputs of a model for one item; `value` says where each lies. Info: `model`, the model's manifest. */
export function tensors(): MediaType<'tensors', TensorSet> {
  return { name: 'tensors', caps: caps('tensors') };
}

/** The objects found in one frame; `value` holds them, boxes in pixels of the source frame. */
export function detections(): MediaType<'detections', DetectionSet> {
  return { name: 'detections', caps: caps('detections') };
}

/** What one frame is; `value` holds the classes it may be of. */
export function classifications(): MediaType<'classifications', ClassificationSet> {
  return { name: 'classifications', caps: caps('classifications') };
}

/**
 * A cloud of points: rows of float32 in one slab, one right behind the other. Fields: `fields`, the names of a row's numbers in order
 * (`x`, `y`, `z`, `intensity`); the payload's size says how many rows there are. Info: `frameRate`, where that is known and constant.
 */
export function pointCloud(fields: Record<string, CapsValue> = {}): MediaType<'point-cloud', undefined> {
  return { name: 'point-cloud', caps: caps('point-cloud', fields) };
}

/** Text, a line or another piece at a time; `value` holds it. */
export function text(): MediaType<'text', TextItem> {
  return { name: 'text', caps: caps('text') };
}

/** Messages that are JSON; `value.json` is what each holds. */
export function json(): MediaType<'json', JsonItem> {
  return { name: 'json', caps: caps('json') };
}

/** Messages of any kind: bytes in a slab, as many as the payload's size says. `value` says where each came from. */
export function bytes(): MediaType<'bytes', MessageItem> {
  return { name: 'bytes', caps: caps('bytes') };
}

/** What a join has put together; `value` holds one part for each input. Fields: `inputs`, their names in order; info: {@link JoinedInfo}. */
export function joined<Values extends Record<string, unknown> = Record<string, unknown>>(
  fields: Record<string, CapsValue> = {},
): MediaType<'joined', JoinedSet<Values>> {
  return { name: 'joined', caps: caps('joined', fields) };
}

/** Caps of several media types at once, the preferred first. */
export function eitherOf<A extends MediaType, B extends MediaType>(a: A, b: B): MediaType<A['name'] | B['name'], A['value'] | B['value']> {
  return { name: `${a.name}|${b.name}`, caps: [...(a.caps as Exclude<Caps, 'any'>), ...(b.caps as Exclude<Caps, 'any'>)] };
}
