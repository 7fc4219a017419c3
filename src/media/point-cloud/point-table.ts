// What the files of point clouds have in common once their head has been read: so many points, each with fields of a name and a
// type, lying in records, in columns, in columns that are compressed, or in lines of text.
import type { NumberKind } from '../../memory/point-kernels.ts';

export interface PointField {
  readonly name: string;
  readonly kind: NumberKind;
  /** Bytes of a point before it. */
  readonly offset: number;
}

export type PointOrder =
  /** Point after point. */
  | 'records'
  /** All of one field, then all of the next. */
  | 'columns'
  /** The same, compressed by LibLZF, behind its two sizes. */
  | 'compressed'
  /** A line of text each. */
  | 'lines';

export interface PointTable {
  readonly fields: readonly PointField[];
  readonly count: number;
  readonly order: PointOrder;
  /** Bytes from the file's start to the first point. */
  readonly start: number;
  /** Bytes of a point; of lines, nothing. */
  readonly pointBytes: number;
  readonly isBigEndian: boolean;
}

/** Fields one right behind the other; those called `_` fill gaps, and are none. */
export function packedFields(fields: readonly (readonly [name: string, kind: NumberKind])[]): {
  readonly fields: readonly PointField[];
  readonly pointBytes: number;
} {
  let offset = 0;
  const placed = fields.map(([name, kind]) => {
    const field = { name, kind, offset };
    offset += bytesOfKind(kind);
    return field;
  });
  return { fields: placed, pointBytes: offset };
}

export function bytesOfKind(kind: NumberKind): number {
  return Number(/\d+$/.exec(kind)![0]) / 8;
}
