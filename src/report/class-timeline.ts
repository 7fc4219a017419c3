// How many objects of each class there were over stream time, in a fixed amount of memory: a fixed number of bins of equal
// width. When time runs off the end, neighbours merge and every bin is twice as wide, so that months cost what seconds do.
import type { Detection } from '../media/detection/detections.ts';

const BINS = 256;
/** Classes that are told apart; what comes later counts as one class, `others`. */
const CLASSES = 32;
const FIRST_WIDTH_US = 20_000;

export interface ClassTotals {
  readonly label: string;
  /** The class's index in the model's list of labels; -1 for `others`. */
  readonly classId: number;
  /** Objects in all. */
  readonly objects: number;
  /** Frames with at least one. */
  readonly frames: number;
  /** The most in one frame. */
  readonly most: number;
  /** Mean score of its objects, 0..1. */
  readonly meanScore: number;
}

export interface ClassSeries extends ClassTotals {
  /** Objects in each bin. */
  readonly counts: readonly number[];
}

/** Bins of equal width, the most frequent class first. */
export interface TimelineBins {
  readonly startUs: number;
  readonly widthUs: number;
  /** Frames in each bin. */
  readonly frames: readonly number[];
  readonly classes: readonly ClassSeries[];
}

interface ClassCount {
  readonly label: string;
  readonly classId: number;
  objects: number;
  frames: number;
  most: number;
  scores: number;
  readonly bins: Float64Array;
  /** Objects in the frame that is being added. */
  inFrame: number;
}

export class ClassTimeline {
  /** Frames with and without objects. */
  frames = 0;
  objects = 0;
  private readonly classes = new Map<string, ClassCount>();
  private readonly frameBins = new Float64Array(BINS);
  private widthUs = FIRST_WIDTH_US;
  private startUs = 0;
  private used = 0;

  /** Counts what was found in a frame. Frames before the very first count as being from its moment. */
  add(ptsUs: number, items: readonly Detection[]): void {
    if (this.frames++ === 0) this.startUs = ptsUs;
    const bin = this.binOf(ptsUs);
    this.frameBins[bin]!++;
    this.objects += items.length;
    const found = new Set<ClassCount>();
    for (const { label, classId, score } of items) {
      const one = this.classOf(label, classId);
      found.add(one);
      one.inFrame++;
      one.objects++;
      one.scores += score;
      one.bins[bin]!++;
    }
    for (const one of found) {
      one.frames++;
      one.most = Math.max(one.most, one.inFrame);
      one.inFrame = 0;
    }
  }

  /** What was counted, in at most `atMost` bins that hold several frames each. */
  bins(atMost: number): TimelineBins {
    let step = 1;
    while (this.used / step > atMost || (step < this.used && (this.frames * step) / this.used < 2)) step *= 2;
    const merged = (bins: Float64Array): number[] => {
      const sums = new Array<number>(Math.ceil(this.used / step)).fill(0);
      for (let bin = 0; bin < this.used; bin++) sums[Math.floor(bin / step)]! += bins[bin]!;
      return sums;
    };
    const classes = [...this.classes.values()].sort((a, b) => b.objects - a.objects || a.classId - b.classId);
    return {
      startUs: this.startUs,
      widthUs: this.widthUs * step,
      frames: merged(this.frameBins),
      classes: classes.map(({ label, classId, objects, frames, most, scores, bins }) => ({
        label,
        classId,
        objects,
        frames,
        most,
        meanScore: scores / objects,
        counts: merged(bins),
      })),
    };
  }

  private classOf(label: string, classId: number): ClassCount {
    const known = this.classes.get(label);
    if (known !== undefined) return known;
    const others = this.classes.size >= CLASSES - 1;
    // No label of a model's begins with a blank.
    const key = others ? ' others' : label;
    const one = this.classes.get(key) ?? {
      label: others ? 'others' : label,
      classId: others ? -1 : classId,
      objects: 0,
      frames: 0,
      most: 0,
      scores: 0,
      bins: new Float64Array(BINS),
      inFrame: 0,
    };
    this.classes.set(key, one);
    return one;
  }

  private binOf(ptsUs: number): number {
    const offset = Math.max(0, ptsUs - this.startUs);
    while (offset >= this.widthUs * BINS) this.widen();
    const bin = Math.floor(offset / this.widthUs);
    this.used = Math.max(this.used, bin + 1);
    return bin;
  }

  private widen(): void {
    this.widthUs *= 2;
    this.used = Math.ceil(this.used / 2);
    for (const bins of [this.frameBins, ...[...this.classes.values()].map((one) => one.bins)]) {
      for (let bin = 0; bin < BINS / 2; bin++) bins[bin] = bins[2 * bin]! + bins[2 * bin + 1]!;
      bins.fill(0, BINS / 2);
    }
  }
}
