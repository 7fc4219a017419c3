/**
 * Finds the anchors whose best score reaches a threshold: see score-scan.ts, which says what the arguments mean. `gate` is an
 * address or 0; `margin` is 1 where it holds what scores must exceed. The first word at `out` receives how many scores were not
 * finite; records of anchor, class and score follow from byte 16 on. Returns their number.
 */
export type ScanKernel = (
  scores: number,
  anchors: number,
  classes: number,
  stride: number,
  gate: number,
  margin: number,
  threshold: number,
  gateThreshold: number,
  out: number,
) => number;

export interface ScanKernels {
  /** The scores of an anchor lie side by side. */
  readonly scanRows: ScanKernel;
  /** The scores of a class lie side by side. */
  readonly scanColumns: ScanKernel;
}
