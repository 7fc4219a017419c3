// Average precision as COCO defines it (101 recall points), written anew here so that nothing is measured with its own ruler.
import type { Box } from '../../src/media/detection/detections.ts';

export interface Found {
  readonly picture: number;
  readonly label: string;
  readonly score: number;
  readonly box: Box;
}

export type Truth = Omit<Found, 'score'>;

/** The mean over classes of the average precision at one IoU threshold. */
export function meanAveragePrecision(found: readonly Found[], truth: readonly Truth[], threshold: number): number {
  const labels = [...new Set(truth.map(({ label }) => label))];
  const of = <T extends Truth>(list: readonly T[], label: string): T[] => list.filter((one) => one.label === label);
  return labels.reduce((sum, label) => sum + averagePrecision(of(found, label), of(truth, label), threshold), 0) / labels.length;
}

function averagePrecision(found: readonly Found[], truth: readonly Truth[], threshold: number): number {
  const free = new Map<number, Truth[]>();
  for (const one of truth) free.set(one.picture, [...(free.get(one.picture) ?? []), one]);
  const points: { recall: number; precision: number }[] = [];
  let right = 0;
  for (const [index, { picture, box }] of [...found].sort((a, b) => b.score - a.score).entries()) {
    const left = free.get(picture) ?? [];
    const best = left.reduce<Truth | undefined>(
      (a, b) => (a !== undefined && overlap(a.box, box) >= overlap(b.box, box) ? a : b),
      undefined,
    );
    if (best !== undefined && overlap(best.box, box) >= threshold) {
      right++;
      left.splice(left.indexOf(best), 1);
    }
    points.push({ recall: right / truth.length, precision: right / (index + 1) });
  }
  for (let i = points.length - 2; i >= 0; i--) points[i]!.precision = Math.max(points[i]!.precision, points[i + 1]!.precision);
  let sum = 0;
  for (let step = 0; step <= 100; step++) sum += points.find(({ recall }) => recall >= step / 100 - 1e-12)?.precision ?? 0;
  return sum / 101;
}

/** Intersection over union. */
export function overlap([a, b, c, d]: Box, [e, f, g, h]: Box): number {
  const shared = Math.max(0, Math.min(c, g) - Math.max(a, e)) * Math.max(0, Math.min(d, h) - Math.max(b, f));
  return shared / ((c - a) * (d - b) + (g - e) * (h - f) - shared);
}
