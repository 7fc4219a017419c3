// The ways in which models write a box as four numbers.
export const BOX_FORMATS = ['cxcywh', 'xywh', 'xyxy', 'yxyx'] as const;

/** Centre and size; left, top and size; corners, x first; corners, y first. */
export type BoxFormat = (typeof BOX_FORMATS)[number];

/** Left, top, right and bottom edge. */
export type Edges = [left: number, top: number, right: number, bottom: number];

/** Brings four numbers to edges, in place of what `edges` held. */
export function toEdges(format: BoxFormat, a: number, b: number, c: number, d: number, edges: Edges): void {
  const [left, top] = format === 'cxcywh' ? [a - c / 2, b - d / 2] : format === 'yxyx' ? [b, a] : [a, b];
  edges[0] = left;
  edges[1] = top;
  edges[2] = format === 'cxcywh' || format === 'xywh' ? left + c : format === 'yxyx' ? d : c;
  edges[3] = format === 'cxcywh' || format === 'xywh' ? top + d : format === 'yxyx' ? c : d;
}
