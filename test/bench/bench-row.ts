// A row of the table: what is compared, and the results that measuring it gives.
import { formatSpread, type Spread, spreadOf } from './spread.ts';

export type Target = { readonly atMost: number } | { readonly atLeast: number };

export interface BenchResult {
  /** What is measured, in words. */
  readonly what: string;
  /** Our figure with its unit; the peer's with its name and version, or why there is none. */
  readonly ours: string;
  readonly peer: string;
  /** Left out where there is nothing to compare with. */
  readonly ratio?: Spread | undefined;
  readonly target: Target;
  /** The unit of the target where it is no ratio. */
  readonly unit?: string;
}

export interface BenchOptions {
  /** How often everything is measured, in turns. */
  readonly rounds: number;
  /** Tells what is going on. */
  note(text: string): void;
}

export interface BenchRow {
  readonly name: string;
  measure(options: BenchOptions): Promise<BenchRowReport> | BenchRowReport;
}

export interface BenchRowReport {
  readonly results: readonly BenchResult[];
  /** What explains the results: a table of costs, say; Markdown. */
  readonly details?: string;
}

/** Compares two series that were measured in turns: the ratio is taken round by round, since neighbours disturb both sides of a round alike. */
export function compare(ours: readonly number[], peers: readonly number[]): Spread {
  return spreadOf(ours.map((value, round) => value / peers[round]!));
}

export function isMet({ ratio, target }: BenchResult): boolean | undefined {
  if (ratio === undefined) return undefined;
  return 'atMost' in target ? ratio.median <= target.atMost : ratio.median >= target.atLeast;
}

/** The cells of a result: what, ours, peer, ratio, target, met. */
export function cells(result: BenchResult): readonly string[] {
  const { what, ours, peer, ratio, target, unit = '×' } = result;
  const bound = 'atMost' in target ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`;
  const met = isMet(result);
  return [
    what,
    ours,
    peer,
    ratio === undefined ? '-' : formatSpread(ratio, unit),
    `${bound} ${unit}`,
    met === undefined ? 'not measured' : met ? 'met' : 'MISSED',
  ];
}

export const HEADINGS = ['what', 'ours', 'peer', 'ratio', 'target', 'met'] as const;
