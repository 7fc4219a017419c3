// The picture kernel in plain TypeScript, for engines without WebAssembly SIMD and as what the kernels are tested against: each
// element of the target from the definition, one by one, in float64. Far slower than the kernels.
import type { Arena } from './arena.ts';
import { bytesOfDtype } from './dtype.ts';
import { toFloat16 } from './float16.ts';
import { roundToByte } from './pad-bars.ts';
import { halvedPlace, pictureAxis } from './picture-axis.ts';
import type { FullPictureJob, PictureFrame, PictureRectangle, TensorTarget } from './picture-job.ts';
import { type Contribution, contributions } from './resample-taps.ts';
import { recipesOf } from './scalar-recipe.ts';

/** One channel of a frame or of a tensor: where its elements lie, in bytes. */
interface Channel {
  readonly offset: number;
  readonly stride: number;
  readonly step: number;
  /** 2 where an element stands for two pixels by two. */
  readonly covers: 1 | 2;
}

/** A channel of the source in a channel of the target. */
interface Part {
  readonly from: Channel;
  readonly factor: number;
  readonly across: readonly Contribution[];
  readonly down: readonly Contribution[];
}

/** How one channel of the target comes about. */
interface Walk {
  readonly to: Channel;
  readonly width: number;
  readonly height: number;
  readonly place: PictureRectangle;
  readonly parts: readonly Part[];
  readonly offset: number;
  readonly outside: number;
  /** From 0..255 to what is stored. */
  readonly normalise: (value: number) => number;
}

/** Takes an element of the target before it is rounded to the target's type. `at` is in bytes from the arena's start. */
export type StoreElement = (at: number, value: number) => void;

/**
 * Makes what carries the frame at `source` over to the picture at `target`, both in bytes from the arena's start. `store` writes the
 * elements, in the target's type where nothing else is given.
 */
export function scalarPicture(arena: Arena, job: FullPictureJob, store?: StoreElement): (source: number, target: number) => void {
  const walks = walksOf(job);
  return (source, target) => {
    const bytes = new Uint8Array(arena.memory.buffer);
    const put = store ?? rounding(arena, job.target.kind === 'tensor' ? job.target.dtype : 'uint8');
    for (const { to, width, height, place, parts, offset, outside, normalise } of walks) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const [column, row] = [x - place.x, y - place.y];
          let value = offset;
          if (column < 0 || row < 0 || column >= place.width || row >= place.height) value = outside;
          else for (const part of parts) value += part.factor * sample(bytes, source, part, column, row);
          put(target + to.offset + y * to.stride + x * to.step, normalise(Math.min(255, Math.max(0, value))));
        }
      }
    }
  };
}

function rounding({ memory }: Arena, dtype: TensorTarget['dtype']): StoreElement {
  const view = new DataView(memory.buffer);
  if (dtype === 'float32') return (at, value) => view.setFloat32(at, value, true);
  if (dtype === 'float16') return (at, value) => view.setUint16(at, toFloat16(value), true);
  return (at, value) => view.setUint8(at, roundToByte(value));
}

function sample(bytes: Uint8Array, source: number, { from, across, down }: Part, column: number, row: number): number {
  const [pixels, lines] = [across[column]!, down[row]!];
  let sum = 0;
  for (let j = 0; j < lines.weights.length; j++) {
    const at = source + from.offset + (lines.first + j) * from.stride + pixels.first * from.step;
    let line = 0;
    for (let i = 0; i < pixels.weights.length; i++) line += pixels.weights[i]! * bytes[at + i * from.step]!;
    sum += lines.weights[j]! * line;
  }
  return sum;
}

function walksOf(job: FullPictureJob): Walk[] {
  const { source, target, mean, scale } = job;
  const sources = channelsOf(source);
  const targets = target.kind === 'tensor' ? tensorChannels(target) : channelsOf(target);
  return recipesOf(job).map(({ factors, offset, outside }, c) => {
    const to = targets[c]!;
    const place = to.covers === 2 ? halvedPlace(job.place) : job.place;
    const parts = factors.flatMap((factor, i): Part[] => {
      const from = sources[i];
      if (factor === 0 || from === undefined) return [];
      const runs = (side: 'x' | 'y') => contributions(pictureAxis(job, side, place, to.covers, from.covers), job.interpolation);
      return [{ from, factor, across: runs('x'), down: runs('y') }];
    });
    // Means and scales come in the target's order.
    const position = target.kind === 'tensor' && target.order === 'BGR' ? 2 - c : c;
    const [m, s] = [mean[position] ?? 0, scale[position] ?? 1];
    const [width, height] = [Math.ceil(target.width / to.covers), Math.ceil(target.height / to.covers)];
    return { to, width, height, place, parts, offset, outside, normalise: (value) => (value - m) * s };
  });
}

/** In the order Y, U, V, or red, green, blue and opacity, or grey. */
function channelsOf({ format, planes }: PictureFrame): Channel[] {
  const channel = (plane: number, shift: number, step: number, covers: 1 | 2 = 1): Channel => ({
    offset: planes[plane]!.offset + shift,
    stride: planes[plane]!.stride,
    step,
    covers,
  });
  if (format === 'I420') return [channel(0, 0, 1), channel(1, 0, 1, 2), channel(2, 0, 1, 2)];
  if (format === 'NV12') return [channel(0, 0, 1), channel(1, 0, 2, 2), channel(1, 1, 2, 2)];
  if (format === 'GRAY8') return [channel(0, 0, 1)];
  if (format === 'RGBA') return [0, 1, 2, 3].map((shift) => channel(0, shift, 4));
  return (format === 'BGR' ? [2, 1, 0] : [0, 1, 2]).map((shift) => channel(0, shift, 3));
}

function tensorChannels({ width, height, dtype, layout, order }: TensorTarget): Channel[] {
  const size = bytesOfDtype(dtype);
  const colours = order === 'GRAY' ? [0] : order === 'BGR' ? [2, 1, 0] : [0, 1, 2];
  const step = layout === 'CHW' ? size : size * colours.length;
  return colours.map((position) => ({
    offset: position * (layout === 'CHW' ? width * height * size : size),
    stride: width * step,
    step,
    covers: 1,
  }));
}
