// Non-maximum suppression: of detections that overlap, the most certain stays.
//
// `hard` (Neubeck and Van Gool, "Efficient Non-Maximum Suppression", 2006) drops what overlaps a survivor by more than the
// threshold. `linear` and `gaussian` (Bodla et al., "Soft-NMS", 2017) lower its score instead, by 1 − IoU above the threshold or by
// exp(−IoU² / sigma) always, and drop what falls below a score. `weighted` (after Solovyev et al., "Weighted Boxes Fusion", 2021)
// puts what overlaps into one box, the mean of all weighted by score; its score is the highest or the mean.
import { compareDetections } from './detection-order.ts';
import type { Box, Detection } from './detections.ts';
import { intersectionOverUnion } from './intersection.ts';

export const SUPPRESSION_METHODS = ['hard', 'linear', 'gaussian', 'weighted'] as const;

export interface SuppressionRules {
  readonly method: (typeof SUPPRESSION_METHODS)[number];
  /** Whether detections of different classes suppress one another. */
  readonly agnostic: boolean;
  /** The overlap from which on two detections are of one object, by class. */
  thresholdOf(classId: number): number;
  /** How fast `gaussian` lowers scores. */
  readonly sigma: number;
  /** Below it a lowered score drops out. */
  readonly minScore: number;
  /** The score of boxes put together. */
  readonly fusedScore: 'max' | 'mean';
}

/** What is left of detections, whichever order they come in, the most certain first. */
export function suppress(items: readonly Detection[], rules: SuppressionRules): Detection[] {
  const sorted = [...items].sort(compareDetections);
  const left = rules.agnostic
    ? METHODS[rules.method](sorted, rules)
    : byClass(sorted).flatMap((group) => METHODS[rules.method](group, rules));
  return left.sort(compareDetections);
}

function byClass(sorted: readonly Detection[]): Detection[][] {
  const groups = new Map<number, Detection[]>();
  for (const item of sorted) {
    const group = groups.get(item.classId);
    if (group === undefined) groups.set(item.classId, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

type Method = (sorted: readonly Detection[], rules: SuppressionRules) => Detection[];

const METHODS: Record<SuppressionRules['method'], Method> = {
  hard: (sorted, { thresholdOf }) => {
    const kept: Detection[] = [];
    for (const item of sorted) {
      const threshold = thresholdOf(item.classId);
      if (kept.every((other) => intersectionOverUnion(other.box, item.box) <= threshold)) kept.push(item);
    }
    return kept;
  },
  linear: (sorted, rules) => soften(sorted, rules, (overlap, classId) => (overlap > rules.thresholdOf(classId) ? 1 - overlap : 1)),
  gaussian: (sorted, rules) => soften(sorted, rules, (overlap) => Math.exp((-overlap * overlap) / rules.sigma)),
  weighted: (sorted, { thresholdOf, fusedScore }) => {
    const clusters: { members: Detection[]; box: Box }[] = [];
    for (const item of sorted) {
      let best = thresholdOf(item.classId);
      let home: (typeof clusters)[number] | undefined;
      for (const cluster of clusters) {
        const overlap = intersectionOverUnion(cluster.box, item.box);
        if (overlap > best) [best, home] = [overlap, cluster];
      }
      if (home === undefined) clusters.push({ members: [item], box: item.box });
      else {
        home.members.push(item);
        home.box = weightedBox(home.members);
      }
    }
    return clusters.map(({ members, box }) => {
      const score = fusedScore === 'max' ? members[0]!.score : members.reduce((sum, one) => sum + one.score, 0) / members.length;
      return { ...members[0]!, box, score };
    });
  },
};

/** Takes the most certain again and again, and lowers the scores of those that are left by their overlap with it. */
function soften(
  sorted: readonly Detection[],
  { minScore }: SuppressionRules,
  factor: (overlap: number, classId: number) => number,
): Detection[] {
  const left = sorted.filter(({ score }) => score >= minScore);
  const kept: Detection[] = [];
  while (left.length > 0) {
    let first = 0;
    for (let i = 1; i < left.length; i++) if (compareDetections(left[i]!, left[first]!) < 0) first = i;
    const [best] = left.splice(first, 1) as [Detection];
    kept.push(best);
    let rest = 0;
    for (const item of left) {
      const score = item.score * factor(intersectionOverUnion(best.box, item.box), item.classId);
      if (score >= minScore) left[rest++] = score === item.score ? item : { ...item, score };
    }
    left.length = rest;
  }
  return kept;
}

function weightedBox(members: readonly Detection[]): Box {
  let weight = 0;
  const sum: [number, number, number, number] = [0, 0, 0, 0];
  for (const { box, score } of members) {
    weight += score;
    for (let i = 0; i < 4; i++) sum[i]! += box[i]! * score;
  }
  return weight === 0 ? members[0]!.box : [sum[0] / weight, sum[1] / weight, sum[2] / weight, sum[3] / weight];
}
