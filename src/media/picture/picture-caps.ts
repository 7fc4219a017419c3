// Caps of elements that bring pictures to another size: as tensors or as video, whichever downstream asks for.
import type { Caps, FixedCaps } from '../../core/caps/caps.ts';
import type { CapsValue } from '../../core/caps/caps-value.ts';
import { VIDEO_FORMATS } from '../frame-layout.ts';
import type { Size } from './picture-place.ts';

const ANY: CapsValue = { min: 1, max: 16384 };
const DTYPES: CapsValue = { anyOf: ['float32', 'float16', 'uint8'] };
const CHANNELS: CapsValue = { anyOf: [3, 1] };

const YUV: readonly string[] = ['I420', 'NV12'];

/** What can be made of frames: video in the source's own format before others, then tensors; of a size where one is given. */
export function pictureCaps(sink: FixedCaps, size: { width?: number | undefined; height?: number | undefined }): Caps {
  const width = size.width ?? ANY;
  const height = size.height ?? ANY;
  const own = sink.fields['format'] as string;
  const others = VIDEO_FORMATS.filter((format) => format !== own);
  const related = others.filter((format) => YUV.includes(format) === YUV.includes(own));
  const converted = others.filter((format) => !related.includes(format));
  const info = sink.info ?? {};
  // Luma's range ends where YUV does; YUV made of RGB is what video usually is.
  const convertedInfo = YUV.includes(own) ? { ...info, range: 'full' } : { ...info, matrix: 'bt601', range: 'limited' };
  return [
    { media: 'video/raw', fields: { ...sink.fields, format: { anyOf: [own, ...related] }, width, height }, info },
    { media: 'video/raw', fields: { ...sink.fields, format: { anyOf: converted }, width, height }, info: convertedInfo },
    { media: 'tensor', fields: { dtype: DTYPES, layout: 'CHW', shape: [CHANNELS, height, width] }, info },
    { media: 'tensor', fields: { dtype: DTYPES, layout: 'HWC', shape: [height, width, CHANNELS] }, info },
  ];
}

/** Settles a size that neither props nor downstream ask for: the source's own. */
export function fixatePicture(candidates: readonly FixedCaps[], source: Size): FixedCaps {
  const [first] = candidates;
  const pick = (value: CapsValue, wanted: number): CapsValue =>
    typeof value === 'object' && 'min' in value ? Math.min(value.max, Math.max(value.min, wanted)) : value;
  const { fields } = first!;
  if (first!.media === 'video/raw')
    return {
      ...first!,
      fields: { ...fields, width: pick(fields['width']!, source.width), height: pick(fields['height']!, source.height) },
    };
  const [a, b, c] = fields['shape'] as readonly CapsValue[];
  const shape =
    fields['layout'] === 'CHW'
      ? [a!, pick(b!, source.height), pick(c!, source.width)]
      : [pick(a!, source.height), pick(b!, source.width), c!];
  return { ...first!, fields: { ...fields, shape } };
}

/** The props `width` and `height` that give a shape or a side; for messages. */
export function suggestSize(field: string, wanted: unknown): Record<string, unknown> | undefined {
  if (field === 'width' || field === 'height') return { [field]: wanted };
  if (field !== 'shape' || !Array.isArray(wanted) || wanted.length !== 3) return undefined;
  const [a, b, c] = wanted as readonly unknown[];
  return a === 3 || a === 1 ? { width: c, height: b } : { width: b, height: a };
}

/** The size of fixed caps of a picture, as video or as a tensor. */
export function sizeOf({ media, fields }: FixedCaps): Size {
  if (media === 'video/raw') return { width: fields['width'] as number, height: fields['height'] as number };
  const [a, b, c] = fields['shape'] as readonly number[];
  return fields['layout'] === 'CHW' ? { width: c!, height: b! } : { width: b!, height: a! };
}
