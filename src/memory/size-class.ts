// Size classes of the arena: four steps to a doubling, so that at most a fifth of a slab is never used.

const SMALLEST_BITS = 8;
const STEPS = 4;

/** How many size classes there are: from 256 bytes up to 3.5 GiB. */
export const SIZE_CLASSES = 96;

/** The class of the smallest slab that holds `bytes`. */
export function sizeClassOf(bytes: number): number {
  if (bytes <= 1 << SMALLEST_BITS) return 0;
  const power = 31 - Math.clz32(bytes - 1);
  const base = 2 ** power;
  const step = Math.ceil((bytes - base) / (base / STEPS));
  return (power - SMALLEST_BITS) * STEPS + step;
}

/** The size of a class's slabs in bytes, a multiple of 64. */
export function bytesOfClass(index: number): number {
  const base = 2 ** (SMALLEST_BITS + Math.floor(index / STEPS));
  return base + (index % STEPS) * (base / STEPS);
}
