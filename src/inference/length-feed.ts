// Puts items of different lengths into one run: padded to the longest with a mask beside them, or one behind the other with
// where each begins. Each item then gets of the outputs what is its own, without what belongs to padding.
import type { Arena } from '../memory/arena.ts';
import { bytesOfDtype, type Dtype } from '../memory/dtype.ts';
import { kernelsFor } from '../memory/kernels.ts';
import type { Slab } from '../memory/slab.ts';
import type { TensorRef } from './backend.ts';
import { formatShape } from './check-tensors.ts';
import type { OutputShare } from './divide-outputs.ts';
import { type FedInput, slotsFor } from './fed-input.ts';
import { InferenceError } from './inference-error.ts';
import type { LengthInput } from './length-input.ts';
import type { FedItem, RunFeed } from './run-feed.ts';

/**
 * A feed for items of the shape `item`, in which a name stands for the axis in which they differ.
 *
 * @throws InferenceError `inference/unclear-lengths` for items that are not a whole number of elements long.
 */
export function lengthFeed(arena: Arena, input: FedInput, lengths: LengthInput, item: readonly (number | string)[]): RunFeed {
  const { axis, perElement } = lengths;
  const sizes = item.map((size) => (typeof size === 'number' ? size : 1));
  const before = productOf(sizes.slice(0, axis));
  /** One element along the axis, the innermost rows of it, in bytes. */
  const row = productOf(sizes.slice(axis + 1)) * bytesOfDtype(input.dtype);
  const lengthOf = lengthOfItems(input, lengths, item);

  const copyRows = (
    items: readonly FedItem[],
    counts: readonly number[],
    slab: Slab,
    at: (index: number, outer: number) => number,
  ): void => {
    const kernels = kernelsFor(arena);
    for (const [index, { slabs }] of items.entries()) {
      const bytes = counts[index]! * row;
      for (let outer = 0; outer < before && bytes > 0; outer++) {
        kernels.copy(slabs[0]!.offset + outer * bytes, slab.offset + at(index, outer) * row, bytes);
      }
    }
  };

  const padded: RunFeed = (items, places) => {
    const slots = slotsFor(input, places);
    const counts = items.map(lengthOf);
    const longest = Math.max(1, ...counts);
    const slab = arena.allocate(slots * before * longest * row);
    arena.bytes(slab.offset, slots * before * longest * row).fill(0);
    copyRows(items, counts, slab, (index, outer) => (index * before + outer) * longest);
    const mask = filled(arena, lengths.dtype, slots * longest, (view) => {
      for (const [index, count] of counts.entries()) view.fill(oneOf(lengths.dtype), index * longest, index * longest + count);
    });
    const shape = [slots, ...sizes.slice(0, axis), longest, ...sizes.slice(axis + 1)];
    return {
      inputs: {
        [input.name]: { dtype: input.dtype, shape, slab },
        [lengths.name]: { dtype: lengths.dtype, shape: [slots, longest], slab: mask },
      },
      padding: { useful: sumOf(counts), all: slots * longest },
      divide: (outputs) =>
        items.map((_, index) =>
          shareOf(outputs, (name, tensor) => {
            const own = partOf(name, tensor, index, 1, slots);
            const shape = own.shape.slice(1);
            return { ...own, shape: perElement.has(name) ? [counts[index]!, ...shape.slice(1)] : shape };
          }),
        ),
    };
  };

  const packed: RunFeed = (items) => {
    const counts = items.map(lengthOf);
    const starts = [0];
    for (const count of counts) starts.push(starts.at(-1)! + count);
    const total = starts.at(-1)!;
    const slab = arena.allocate(Math.max(1, total) * row);
    copyRows(items, counts, slab, (index) => starts[index]!);
    const isOffsets = lengths.role === 'offsets';
    const size = isOffsets ? starts.length : total;
    const isLong = lengths.dtype === 'int64' || lengths.dtype === 'uint64';
    const told = filled(arena, lengths.dtype, size, (view) => {
      for (const [index, start] of starts.entries()) {
        const end = isOffsets ? index + 1 : (starts[index + 1] ?? start);
        const value = isOffsets ? start : index;
        view.fill((isLong ? BigInt(value) : value) as never, isOffsets ? index : start, end);
      }
    });
    return {
      inputs: {
        [input.name]: { dtype: input.dtype, shape: [total, ...sizes.slice(1)], slab },
        [lengths.name]: { dtype: lengths.dtype, shape: [size], slab: told },
      },
      padding: { useful: total, all: total },
      divide: (outputs) =>
        items.map((_, index) =>
          shareOf(outputs, (name, tensor) => {
            if (perElement.has(name)) return partOf(name, tensor, starts[index]!, counts[index]!, total);
            const own = partOf(name, tensor, index, 1, items.length);
            return { ...own, shape: own.shape.slice(1) };
          }),
        ),
    };
  };

  return lengths.role === 'mask' ? padded : packed;
}

/** How long an item is, in elements of the axis in which items differ. */
export function lengthOfItems(
  { name, dtype }: FedInput,
  { axis }: LengthInput,
  item: readonly (number | string)[],
): (item: Pick<FedItem, 'bytes'>) => number {
  const element = item.reduce<number>(
    (product, size, at) => (at === axis || typeof size !== 'number' ? product : product * size),
    bytesOfDtype(dtype),
  );
  return ({ bytes }) => {
    if (bytes % element === 0) return bytes / element;
    throw new InferenceError(
      'inference/unclear-lengths',
      `An item of ${name} (${formatShape(item)}) has ${bytes} bytes, which is no whole number of elements of ${element} bytes`,
    );
  };
}

type View = { fill(value: never, start?: number, end?: number): unknown };

function filled(arena: Arena, dtype: Dtype, count: number, fill: (view: View) => void): Slab {
  const bytes = Math.max(1, count) * bytesOfDtype(dtype);
  const slab = arena.allocate(bytes);
  arena.bytes(slab.offset, bytes).fill(0);
  fill(arena.view(dtype, slab.offset, count) as unknown as View);
  return slab;
}

/** What stands for 1; a float16 is held as its bits. */
function oneOf(dtype: Dtype): never {
  return (dtype === 'int64' || dtype === 'uint64' ? 1n : dtype === 'float16' ? 0x3c00 : 1) as never;
}

function shareOf(
  outputs: Readonly<Record<string, TensorRef>>,
  part: (name: string, tensor: TensorRef) => OutputShare['value'][string],
): OutputShare {
  const parts = Object.entries(outputs).map(([name, tensor]) => [name, part(name, tensor)] as const);
  return {
    value: Object.fromEntries(parts),
    slabs: parts.map(([, { slab }]) => slab.retain()),
    bytes: parts.reduce((sum, [, { dtype, shape }]) => sum + productOf(shape) * bytesOfDtype(dtype), 0),
  };
}

/** Some of the entries along an output's outermost axis, of which there have to be `count`. */
function partOf(
  name: string,
  { dtype, shape, slab, offset = 0 }: TensorRef,
  from: number,
  entries: number,
  count: number,
): OutputShare['value'][string] {
  if (shape[0] !== count) {
    throw new InferenceError(
      'inference/not-per-item',
      `The output ${name} has the shape ${formatShape(shape)} where ${count} entries were expected along its first axis, so that it cannot be divided; give the size that it shares with the input the same name in the manifest`,
    );
  }
  const inner = shape.slice(1);
  return { dtype, shape: [entries, ...inner], slab, offset: offset + from * productOf(inner) * bytesOfDtype(dtype) };
}

function productOf(sizes: readonly number[]): number {
  return sizes.reduce((product, size) => product * size, 1);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
