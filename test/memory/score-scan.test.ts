import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena } from '../../src/memory/arena.ts';
import { type ScoreGrid, scoreScan } from '../../src/memory/score-scan.ts';

interface Case {
  readonly anchors: number;
  readonly classes: number;
  readonly order: 'rows' | 'columns';
  readonly gate: 'objectness' | 'reference' | undefined;
  readonly threshold: number;
  readonly gateThreshold: number;
  readonly seed: number;
  /** One number in so many is NaN or infinite. */
  readonly spoiled: number;
}

/** xorshift32, 0..1. */
function numbers(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** The scores of every anchor, and its gate behind them. */
function fill({ anchors, classes, seed, spoiled }: Case): number[][] {
  const next = numbers(seed);
  const value = (): number => {
    if (spoiled > 0 && next() < 1 / spoiled)
      return [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY][Math.floor(next() * 3)]!;
    // Coarse steps, so that classes tie.
    return Math.fround(Math.round(next() * 20) / 20);
  };
  return Array.from({ length: anchors }, () => Array.from({ length: classes + 1 }, value));
}

/** The kernel's contract in plain words. */
function reference({ classes, gate, order, ...rest }: Case, table: readonly number[][]) {
  const [threshold, gateThreshold] = [Math.fround(rest.threshold), Math.fround(rest.gateThreshold)];
  const found: [number, number, number][] = [];
  let notFinite = 0;
  for (const [anchor, row] of table.entries()) {
    const other = row[classes]!;
    if (gate !== undefined && !Number.isFinite(other)) notFinite++;
    const isOut = gate === 'objectness' && !(Number.isFinite(other) && other >= gateThreshold);
    if (isOut && order === 'rows') continue;
    let winner = -1;
    for (let c = 0; c < classes; c++) {
      if (!Number.isFinite(row[c]!)) notFinite++;
      else if (winner < 0 || row[c]! > row[winner]!) winner = c;
    }
    if (isOut || winner < 0) continue;
    const best = row[winner]!;
    if (gate === 'reference' ? Math.fround(best - other) >= threshold : best >= threshold) found.push([anchor, winner, best]);
  }
  return { found, notFinite };
}

describe('score scan', () => {
  const arena = Arena.create({ maximumBytes: 2 ** 24 });

  const scan = (test: Case, table: readonly number[][]) => {
    const { anchors, classes, order, gate, threshold, gateThreshold } = test;
    const width = classes + 1;
    const slab = arena.allocate(anchors * width * 4 + 4);
    // One float off, so that no vector is aligned.
    const base = slab.offset + 4;
    const memory = arena.view('float32', base, anchors * width);
    for (const [a, row] of table.entries())
      for (const [c, x] of row.entries()) memory[order === 'rows' ? a * width + c : c * anchors + a] = x;
    const stride = (order === 'rows' ? width : anchors) * 4;
    const offset = base + (order === 'rows' ? classes : classes * anchors) * 4;
    const grid: ScoreGrid = {
      scores: base,
      anchors,
      classes,
      order,
      stride,
      gate: gate === undefined ? undefined : { offset, kind: gate },
      threshold,
      gateThreshold,
    };
    const scanner = scoreScan(arena);
    const result = scanner.run(grid);
    const found = Array.from(
      { length: result.count },
      (_, i) => [result.anchor(i), result.winner(i), result.score(i)] as [number, number, number],
    );
    scanner.close();
    slab.release();
    return { found, notFinite: result.notFinite };
  };

  it('finds what the plain reference finds, in rows and columns, with and without a gate', () => {
    const cases = fc.record({
      anchors: fc.integer({ min: 1, max: 70 }),
      classes: fc.integer({ min: 1, max: 23 }),
      order: fc.constantFrom('rows' as const, 'columns' as const),
      gate: fc.constantFrom(undefined, 'objectness' as const, 'reference' as const),
      threshold: fc.constantFrom(-0.3, 0, 0.25, 0.6, 0.95, 1),
      gateThreshold: fc.constantFrom(0.25, 0.5),
      seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      spoiled: fc.constantFrom(0, 3, 20),
    });
    fc.assert(
      fc.property(cases, (test) => {
        const table = fill(test);
        assert.deepEqual(scan(test, table), reference(test, table));
      }),
      { numRuns: 400 },
    );
    assert.equal(arena.statistics.slabsInUse, 0);
  });

  it('lets the first of equal classes win, wherever they stand', () => {
    for (const order of ['rows', 'columns'] as const) {
      for (let first = 0; first < 13; first++) {
        const row = Array.from({ length: 14 }, (_, c) => (c === first || c === 12 ? 0.5 : 0.1));
        const test: Case = { anchors: 17, classes: 13, order, gate: undefined, threshold: 0.3, gateThreshold: 0, seed: 1, spoiled: 0 };
        const { found } = scan(test, Array(17).fill(row));
        assert.deepEqual(
          found.map(([, winner]) => winner),
          Array(17).fill(first),
        );
      }
    }
  });
});
