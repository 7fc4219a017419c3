import type { Arena } from '../memory/arena.ts';
import { bytesOfDtype } from '../memory/dtype.ts';
import { kernelsFor } from '../memory/kernels.ts';
import type { Slab } from '../memory/slab.ts';
import { shareOf } from './divide-outputs.ts';
import { type FedInput, runShape, slotsFor } from './fed-input.ts';
import type { Manifest } from './manifest.ts';
import type { FedItem, RunFeed } from './run-feed.ts';

/** Puts items of one shape one behind the other; a single one lies where it lies. */
export function uniformFeed(arena: Arena, input: FedInput, manifest: Manifest, item: readonly number[]): RunFeed {
  const { name, dtype } = input;
  const itemBytes = item.reduce((product, dimension) => product * dimension, bytesOfDtype(dtype));

  /** Zeros stand where a batch of a fixed size lacks items. */
  const gather = (items: readonly FedItem[], slots: number): Slab => {
    if (slots === 1) return items[0]!.slabs[0]!.retain();
    const slab = arena.allocate(itemBytes * slots);
    const kernels = kernelsFor(arena);
    for (const [index, { slabs }] of items.entries()) kernels.copy(slabs[0]!.offset, slab.offset + index * itemBytes, itemBytes);
    const filled = itemBytes * items.length;
    arena.bytes(slab.offset + filled, itemBytes * slots - filled).fill(0);
    return slab;
  };

  return (items, places) => {
    const slots = slotsFor(input, places);
    return {
      inputs: { [name]: { dtype, shape: runShape(input, places, item), slab: gather(items, slots) } },
      divide: (outputs) => items.map((_, index) => shareOf(outputs, manifest, index, slots)),
    };
  };
}
