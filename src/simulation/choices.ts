import { seededRandom } from '../media/test-picture/seeded-random.ts';

/** Choices that follow from a seed, as many as are wanted; after that always the first, which is what happens without chance. */
export class Choices {
  /** How many have been made. */
  made = 0;
  private readonly random: () => number;
  private readonly limit: number;

  constructor(seed: number, limit: number = Number.POSITIVE_INFINITY) {
    this.random = seededRandom(seed);
    this.limit = limit;
  }

  /** One of `count`, from 0. */
  pick(count: number): number {
    return this.made++ < this.limit ? Math.floor(this.random() * count) : 0;
  }
}

/**
 * A number from 0 up to 1 that follows from a seed and a key, and from nothing else: what chance does to one buffer stays the same
 * whatever becomes of the others.
 */
export function chanceOf(seed: number, key: string): number {
  // FNV-1a, 32 bits.
  let hash = 0x811c9dc5 ^ seed;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return seededRandom(hash)();
}
