// Reads the tensors of one item: float32 where it lies, float16 brought to float32 by a kernel first, whole numbers one by one.
import type { Arena } from '../../memory/arena.ts';
import { bytesOfDtype } from '../../memory/dtype.ts';
import { kernelExports } from '../../memory/kernels.ts';
import { type ScoreScan, scoreScan } from '../../memory/score-scan.ts';
import type { Slab } from '../../memory/slab.ts';
import { DecoderError } from '../video/decoder-error.ts';
import type { TensorSet, TensorView } from './tensor-set.ts';

/** A tensor as float32. */
export interface Floats {
  /** Bytes from the arena's start. */
  readonly offset: number;
  readonly values: Float32Array;
}

export interface TensorReader {
  /** Valid until the next item. @throws DecoderError `decoder/unsupported-dtype`. */
  floats(name: string): Floats;
  /** Any tensor of numbers, as numbers; for small ones. */
  numbers(name: string): ArrayLike<number>;
  readonly scan: ScoreScan;
}

/** A reader that is pointed at one item after the other. */
export interface ItemReader extends TensorReader {
  open(item: TensorSet): void;
  /** Gives its memory back. */
  close(): void;
}

export function itemReader(arena: Arena): ItemReader {
  const { halvesToFloats } = kernelExports<{ halvesToFloats(source: number, target: number, count: number): void }>(arena);
  const scan = scoreScan(arena);
  const converted = new Map<string, Slab>();
  const fresh = new Map<string, Floats>();
  const plain = new Map<string, ArrayLike<number>>();
  let item: TensorSet = {};

  const viewOf = (name: string): TensorView => {
    const view = item[name];
    if (view === undefined)
      throw new DecoderError('decoder/missing-output', `The model gave no output ${name}; it gave ${Object.keys(item).join(', ')}`);
    return view;
  };
  const convert = (name: string, source: number, count: number): Floats => {
    let slab = converted.get(name);
    if (slab === undefined || slab.bytes < count * 4) {
      slab?.release();
      slab = arena.allocate(count * 4);
      converted.set(name, slab);
    }
    halvesToFloats(source, slab.offset, count);
    return { offset: slab.offset, values: arena.view('float32', slab.offset, count) };
  };
  const floats = (name: string): Floats => {
    let found = fresh.get(name);
    if (found !== undefined) return found;
    const { dtype, shape, slab, offset } = viewOf(name);
    const count = countOf(shape);
    const start = slab.offset + offset;
    if (dtype === 'float32') found = { offset: start, values: arena.view('float32', start, count) };
    else if (dtype === 'float16') found = convert(name, start, count);
    else throw unsupported(name, dtype);
    fresh.set(name, found);
    return found;
  };
  const numbersOf = (name: string): ArrayLike<number> => {
    const { dtype, shape, slab, offset } = viewOf(name);
    if (dtype === 'float16') return floats(name).values;
    const values = arena.view(dtype, slab.offset + offset, countOf(shape));
    return dtype === 'int64' || dtype === 'uint64' ? Array.from(values as BigInt64Array, Number) : (values as Int32Array);
  };
  return {
    scan,
    floats,
    numbers: (name) => {
      const known = plain.get(name);
      if (known !== undefined) return known;
      const found = numbersOf(name);
      plain.set(name, found);
      return found;
    },
    open: (next) => {
      item = next;
      fresh.clear();
      plain.clear();
    },
    close: () => {
      scan.close();
      for (const slab of converted.values()) slab.release();
      converted.clear();
      fresh.clear();
      plain.clear();
      item = {};
    },
  };
}

function unsupported(name: string, dtype: string): DecoderError {
  const advice =
    bytesOfDtype(dtype as 'int8') === 1
      ? 'its scale and zero point are not known here: end the model with a DequantizeLinear, as exporters do when they leave the outputs in float'
      : 'end the model with a Cast to float32';
  return new DecoderError(
    'decoder/unsupported-dtype',
    `Cannot decode the output ${name}: it is ${dtype}, and float32 or float16 is needed; ${advice}`,
  );
}

function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
