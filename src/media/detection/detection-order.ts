import type { Detection } from './detections.ts';

/** The most certain first; of equal ones the lower class, then the one further left, further up, smaller. Any order in, one order out. */
export function compareDetections(a: Detection, b: Detection): number {
  return (
    b.score - a.score ||
    a.classId - b.classId ||
    a.box[0] - b.box[0] ||
    a.box[1] - b.box[1] ||
    a.box[2] - b.box[2] ||
    a.box[3] - b.box[3] ||
    (a.id ?? -1) - (b.id ?? -1)
  );
}
