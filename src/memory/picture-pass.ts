// Turns a job into passes: one for a tensor or a packed frame, one for each plane of a planar frame.
import {
  type ColourMatrix,
  type ColourRow,
  composeColour,
  GREY_OF_RGB,
  IDENTITY_COLOUR,
  lumaToFull,
  rgbOfYuv,
  yuvOfRgb,
} from './colour-matrix.ts';
import * as Field from './pass-field.ts';
import { halvedPlace, pictureAxis } from './picture-axis.ts';
import { type FullPictureJob, isYuv, type PictureFormat, type PictureFrame, type PictureRectangle } from './picture-job.ts';
import type { Axis } from './resample-taps.ts';

export type ElementType = 'float32' | 'float16' | 'uint8';

/** One output channel: factors of three inputs, an offset, and the bounds of the result. */
export interface OutputRow {
  readonly row: ColourRow;
  readonly low: number;
  readonly high: number;
}

/** A plane, or a pair or a triple of planes, that gets written in one walk. */
export interface PassTarget {
  readonly dtype: ElementType;
  readonly interleaved: boolean;
  readonly channels: number;
  /** Bytes from the target's start to the first pixel of the whole picture. */
  readonly offset: number;
  readonly rowStride: number;
  /** Bytes from that pixel to the same pixel of each channel. */
  readonly channelOffsets: readonly number[];
  readonly width: number;
  readonly height: number;
  readonly place: PictureRectangle;
  /** What each channel holds outside the place. */
  readonly pad: readonly number[];
}

/** One walk over a picture. */
export interface PassSpec {
  readonly sampler: number;
  /** Offset and stride of what the sampler reads. */
  readonly planes: readonly { readonly offset: number; readonly stride: number }[];
  /** Interleaved channels of the luma (or only) plane, and of the chroma plane where there is one. */
  readonly steps: readonly [number, number];
  readonly columns: readonly Axis[];
  readonly rows: readonly Axis[];
  readonly interpolation: FullPictureJob['interpolation'];
  /** The sampler's outputs, and the row that each goes to. */
  readonly outputs: readonly OutputRow[];
  readonly slots: readonly number[];
  /** What is mixed from rows 0 to 2 in a second step, if anything. */
  readonly mix: readonly OutputRow[];
  readonly target: PassTarget;
}

/** Rows of the target that are filled and not sampled: no passes sample them. */
export interface FillSpec {
  readonly target: PassTarget;
}

const BYTES: Record<ElementType, number> = { float32: 4, float16: 2, uint8: 1 };
const CHANNELS = { RGB: 3, BGR: 3, RGBA: 4, GRAY8: 1 } as const;
const NOTHING = { x: 0, y: 0, width: 0, height: 0 };
const FREE = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

/** The passes of a job, in any order. */
export function passesOf(job: FullPictureJob): (PassSpec | FillSpec)[] {
  const { target } = job;
  if (target.kind === 'tensor') return [colourPass(job, tensorTarget(job), target.order)];
  if (!isYuv(target.format)) return [colourPass(job, packedTarget(job, target), orderOf(target.format))];
  return yuvPasses(job, target);
}

function orderOf(format: PictureFormat): 'RGB' | 'BGR' | 'GRAY' {
  if (format === 'GRAY8') return 'GRAY';
  return format === 'BGR' ? 'BGR' : 'RGB';
}

function tensorTarget({ target, place, pad, mean, scale }: FullPictureJob): PassTarget {
  if (target.kind !== 'tensor') throw new TypeError('Expected a tensor');
  const { width, height, dtype, layout } = target;
  const channels = target.order === 'GRAY' ? 1 : 3;
  const interleaved = layout === 'HWC' && channels > 1;
  const pixel = BYTES[dtype] * (interleaved ? channels : 1);
  const plane = interleaved ? BYTES[dtype] : width * height * pixel;
  return {
    dtype,
    interleaved,
    channels,
    offset: 0,
    rowStride: width * pixel,
    channelOffsets: [0, 1, 2].map((c) => c * plane),
    width,
    height,
    place,
    pad: [0, 1, 2].slice(0, channels).map((c) => (pad - mean[c]!) * scale[c]!),
  };
}

function packedTarget({ place, pad }: FullPictureJob, { format, width, height, planes }: PictureFrame): PassTarget {
  const channels = CHANNELS[format as keyof typeof CHANNELS];
  return {
    dtype: 'uint8',
    interleaved: channels > 1,
    channels,
    offset: planes[0]!.offset,
    rowStride: planes[0]!.stride,
    channelOffsets: [0, 1, 2, 3],
    width,
    height,
    place,
    pad: [pad, pad, pad, 255].slice(0, channels),
  };
}

/** A walk whose outputs are R, G and B, or grey. */
function colourPass(job: FullPictureJob, target: PassTarget, order: 'RGB' | 'BGR' | 'GRAY'): PassSpec {
  const { source } = job;
  const normalised = (row: ColourRow, channel: number): OutputRow => normalise(row, channel, job, target.dtype);
  const slots = order === 'BGR' ? [2, 1, 0] : [0, 1, 2];
  const base = { ...grid(job, target, 1), target };
  if (order === 'GRAY') {
    if (isYuv(source.format)) {
      const { factor, offset } = lumaToFull(source.range);
      return { ...base, ...plain(job, 0, 1), outputs: [normalised([factor, 0, 0, offset], 0)], mix: [] };
    }
    if (source.format === 'GRAY8') return { ...base, ...plain(job, 0, 1), outputs: [normalised([1, 0, 0, 0], 0)], mix: [] };
    return { ...base, ...rgbSampler(job), mix: [normalised(GREY_OF_RGB, 0)] };
  }
  if (source.format === 'GRAY8') {
    const mix = slots.map((_, c) => normalised([1, 0, 0, 0], c));
    return { ...base, ...plain(job, 0, 1), outputs: [{ row: [1, 0, 0, 0], ...FREE }], mix };
  }
  if (isYuv(source.format)) {
    const outputs = rgbOfYuv(source).map((row, c) => normalised(row, slots[c]!));
    if (job.interpolation === 'area') return { ...base, ...yuvRows(job), mix: slots.map((_, c) => outputs[slots[c]!]!) };
    return { ...base, ...yuvSampler(job), outputs, slots, mix: [] };
  }
  const sampler = rgbSampler(job);
  const read = source.format === 'BGR' ? [2, 1, 0] : [0, 1, 2];
  // The sampler's outputs come in the source's order.
  const to = read.map((colour) => slots[colour]!);
  const outputs = to.map((slot) => normalised([1, 0, 0, 0], slot));
  if (source.format !== 'RGBA') return { ...base, ...sampler, outputs, slots: to, mix: [] };
  const alpha = { row: [1, 0, 0, 0], low: 0, high: 255 } as const;
  return { ...base, ...sampler, outputs: [...outputs, alpha], slots: [...to, target.channels === 4 ? 3 : -1], mix: [] };
}

/** `(x − mean) × scale` after the clamping to 0..255 that bytes would have brought. */
function normalise([a, b, c, offset]: ColourRow, channel: number, { mean, scale }: FullPictureJob, dtype: ElementType): OutputRow {
  const m = mean[channel] ?? 0;
  const s = scale[channel] ?? 1;
  const bounds = [(0 - m) * s, (255 - m) * s].sort((one, other) => one - other) as [number, number];
  const within = (value: number) => (dtype === 'uint8' ? Math.min(255, Math.max(0, value)) : value);
  return { row: [a * s, b * s, c * s, (offset - m) * s], low: within(bounds[0]), high: within(bounds[1]) };
}

/** Walks that write luma and chroma planes. */
function yuvPasses(
  job: FullPictureJob,
  target: PictureFrame & { matrix: 'bt601' | 'bt709'; range: 'limited' | 'full' },
): (PassSpec | FillSpec)[] {
  const { source, pad } = job;
  const [luma, ...chroma] = yuvTargets(
    job,
    target,
    yuvOfRgb(target)[0].reduce((sum, f, i) => sum + (i < 3 ? f * pad : f), 0),
  );
  const onLuma = { ...grid(job, luma!, 1), target: luma! };
  const bytes = (row: ColourRow): OutputRow => ({ row, low: 0, high: 255 });
  if (source.format === 'GRAY8') {
    const [y] = yuvOfRgb(target);
    const grey: ColourRow = [y[0] + y[1] + y[2], 0, 0, y[3]];
    return [
      { ...onLuma, ...plain(job, 0, 1), outputs: [bytes(grey)], mix: [] },
      ...chroma.map((one) => ({ target: { ...one, place: NOTHING } })),
    ];
  }
  const same = isYuv(source.format) && source.matrix === target.matrix && source.range === target.range;
  if (same && (source.format === 'NV12' || target.format === 'I420')) {
    const copy = [bytes([1, 0, 0, 0]), bytes([1, 0, 0, 0])];
    const passes = [{ ...onLuma, ...plain(job, 0, 1), outputs: copy, mix: [] }];
    if (source.format === 'I420') {
      const one = (target: PassTarget, plane: number) => ({
        ...grid(job, target, 2, true),
        ...plain(job, plane, 1),
        outputs: copy,
        mix: [],
        target,
      });
      return [...passes, one(chroma[0]!, 1), one(chroma[1]!, 2)];
    }
    const both = target.format === 'NV12' ? chroma[0]! : paired(chroma);
    return [...passes, { ...grid(job, both, 2, true), ...plain(job, 1, 2), outputs: copy, slots: [0, 1], mix: [], target: both }];
  }
  const both = target.format === 'NV12' ? chroma[0]! : paired(chroma);
  if (isYuv(source.format)) {
    const [y, u, v] = same ? IDENTITY_COLOUR : composeColour(yuvOfRgb(target), rgbOfYuv(source));
    return [
      { ...onLuma, ...yuvRows(job), mix: [bytes(y)] },
      { ...grid(job, both, 2), ...yuvRows(job), mix: [bytes(u), bytes(v)], target: both },
    ];
  }
  const [y, u, v] = yuvOfRgb(target);
  return [
    { ...onLuma, ...rgbSampler(job), mix: [bytes(y)] },
    { ...grid(job, both, 2), ...rgbSampler(job), mix: [bytes(u), bytes(v)], target: both },
  ];
}

function yuvTargets(job: FullPictureJob, { format, width, height, planes }: PictureFrame, padLuma: number): PassTarget[] {
  const { place } = job;
  const plane = (index: number) => ({ offset: planes[index]!.offset, rowStride: planes[index]!.stride });
  const byte = { dtype: 'uint8', channelOffsets: [0, 1] } as const;
  const one = { ...byte, interleaved: false, channels: 1 };
  const half = { width: (width + 1) >> 1, height: (height + 1) >> 1, place: halvedPlace(place) };
  const luma = { ...one, ...plane(0), width, height, place, pad: [padLuma] };
  if (format === 'NV12') return [luma, { ...byte, interleaved: true, channels: 2, ...plane(1), ...half, pad: [128, 128] }];
  return [luma, { ...one, ...plane(1), ...half, pad: [128] }, { ...one, ...plane(2), ...half, pad: [128] }];
}

/** Two planes of one size as a target of two channels. */
function paired([u, v]: readonly PassTarget[]): PassTarget {
  if (u!.rowStride !== v!.rowStride) throw new RangeError('The two chroma planes must have the same stride');
  return { ...u!, channels: 2, channelOffsets: [0, v!.offset - u!.offset], pad: [128, 128] };
}

/** Where the target's pixels lie in the source, for the plane that is read first and for chroma. */
function grid(
  job: FullPictureJob,
  { place }: PassTarget,
  targetStep: 1 | 2,
  chromaFirst = false,
): Pick<PassSpec, 'columns' | 'rows' | 'interpolation'> {
  const steps = chromaFirst ? ([2] as const) : ([1, 2] as const);
  return {
    columns: steps.map((step) => pictureAxis(job, 'x', place, targetStep, step)),
    rows: steps.map((step) => pictureAxis(job, 'y', place, targetStep, step)),
    interpolation: job.interpolation,
  };
}

const BY_CHANNELS = [0, Field.SAMPLE_ONE, Field.SAMPLE_TWO, Field.SAMPLE_THREE, Field.SAMPLE_FOUR];

/** Reads one plane of one or more interleaved channels. */
function plain({ source }: FullPictureJob, plane: number, channels: number): Pick<PassSpec, 'sampler' | 'planes' | 'steps' | 'slots'> {
  return { sampler: BY_CHANNELS[channels]!, planes: [source.planes[plane]!], steps: [channels, 1], slots: [0] };
}

function yuvSampler({ source }: FullPictureJob): Pick<PassSpec, 'sampler' | 'planes' | 'steps'> {
  const { planes, format } = source;
  if (format === 'I420' && planes[1]!.stride !== planes[2]!.stride) throw new RangeError('The two chroma planes must have the same stride');
  const semi = format === 'NV12';
  return { sampler: semi ? Field.SAMPLE_NV12 : Field.SAMPLE_I420, planes, steps: [1, semi ? 2 : 1] };
}

/** Reads Y, U and V into rows 0 to 2. */
function yuvRows(job: FullPictureJob): Pick<PassSpec, 'sampler' | 'planes' | 'steps' | 'slots' | 'outputs'> {
  const free = (...row: ColourRow): OutputRow => ({ row, ...FREE });
  if (job.interpolation === 'area') {
    return { ...yuvSampler(job), outputs: [free(1, 0, 0, 0), free(1, 0, 0, 0), free(1, 0, 0, 0)], slots: [0, 1, 2] };
  }
  // The first of the sampler's outputs lacks U and the last lacks V: they can be V, Y and U, in this order.
  return { ...yuvSampler(job), outputs: [free(0, 0, 1, 0), free(1, 0, 0, 0), free(0, 1, 0, 0)], slots: [2, 0, 1] };
}

/** Reads packed RGB as it is, into rows 0 to 2 in the order R, G, B. */
function rgbSampler(job: FullPictureJob): Pick<PassSpec, 'sampler' | 'planes' | 'steps' | 'slots' | 'outputs'> {
  const { format } = job.source;
  const outputs = (IDENTITY_COLOUR as ColourMatrix).map(() => ({ row: [1, 0, 0, 0], ...FREE }) as OutputRow);
  if (format === 'RGBA') {
    return { ...plain(job, 0, 4), slots: [0, 1, 2, -1], outputs: [...outputs, outputs[0]!] };
  }
  return { ...plain(job, 0, 3), slots: format === 'BGR' ? [2, 1, 0] : [0, 1, 2], outputs };
}
