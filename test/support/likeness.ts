// How alike two sounds are, wherever in the one the other is.

export interface Likeness {
  /** Which sample of the whole the part begins at; negative where it begins before. */
  readonly at: number;
  /** Their correlation there: 1 for the same, however loud. */
  readonly correlation: number;
  /** How much louder the part is than the whole there. */
  readonly gain: number;
}

/** Samples that are taken together to find about where it is. */
const COARSE = 32;

export function likeness(part: Float32Array, whole: Float32Array): Likeness {
  const roughly = best(averaged(part), averaged(whole), undefined) * COARSE;
  const at = best(part, whole, roughly);
  let [both, ofPart, ofWhole] = [0, 0, 0];
  for (let index = 0; index < part.length; index++) {
    const [one, other] = [part[index]!, whole[index + at] ?? 0];
    both += one * other;
    ofPart += one * one;
    ofWhole += other * other;
  }
  return { at, correlation: both / Math.sqrt(ofPart * ofWhole), gain: Math.sqrt(ofPart / ofWhole) };
}

/** The root of the mean square. */
export function loudness(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

function best(part: Float32Array, whole: Float32Array, near: number | undefined): number {
  const [from, to] = near === undefined ? [-part.length + 1, whole.length - 1] : [near - 2 * COARSE, near + 2 * COARSE];
  let [found, most] = [from, Number.NEGATIVE_INFINITY];
  for (let at = from; at <= to; at++) {
    let sum = 0;
    const end = Math.min(part.length, whole.length - at);
    for (let index = Math.max(0, -at); index < end; index++) sum += part[index]! * whole[index + at]!;
    if (sum > most) [found, most] = [at, sum];
  }
  return found;
}

function averaged(samples: Float32Array): Float32Array {
  const means = new Float32Array(Math.floor(samples.length / COARSE));
  for (let index = 0; index < means.length * COARSE; index++) means[Math.floor(index / COARSE)]! += samples[index]! / COARSE;
  return means;
}
