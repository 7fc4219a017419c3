/** How numbers may be written in a record, at the place that stands for them in a plan; 16 more where the highest byte comes first. */
export const NUMBER_KINDS = ['float32', 'float64', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64'] as const;

export type NumberKind = (typeof NUMBER_KINDS)[number];

/** What is added to a kind whose highest byte comes first. */
export const BIG_ENDIAN = 16;

/** Points, and other records of numbers, to rows of float32. Addresses and sizes are in bytes. */
export interface PointKernels {
  /**
   * Brings `count` records to rows of `columns` float32. `plan` is the address of three int32 for each column: the first number's
   * distance from `source`, the step from one to the next, and its kind. Source and target must not overlap.
   */
  gatherFloats(source: number, plan: number, columns: number, count: number, target: number): void;
  /** Takes out, in place, the rows of whose first `checked` numbers one is NaN or infinite; gives how many are left. */
  keepFinite(rows: number, count: number, columns: number, checked: number): number;
  /** Expands what LibLZF has compressed; gives how many bytes there are, or -1 where the input is damaged or they need more than `room`. */
  expandLzf(source: number, bytes: number, target: number, room: number): number;
  /**
   * Reads `rows` lines of `words` numbers as text. `plan` is the address of an int32 for each word: the column it goes to, or -1.
   * The int32 at `out` receives where it has stopped, from `source` on. Gives how many rows are complete; fewer at a fault.
   */
  readNumbers(
    source: number,
    bytes: number,
    words: number,
    plan: number,
    columns: number,
    rows: number,
    target: number,
    out: number,
  ): number;
}
