// What has to hold after every test: nothing has been lost without a cause, and every slab is back.
import assert from 'node:assert/strict';
import type { PipelineSummary } from '../core/counts/summary.ts';
import type { Arena } from '../memory/arena.ts';

/** Asserts `received = handled + dropped` of every element: nothing is under way. */
export function assertConserved({ elements }: PipelineSummary): void {
  for (const { name, received, handled, dropped, inFlight } of elements) {
    const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
    assert.equal(inFlight, 0, `${name}: ${received} received, ${handled} handled, ${lost} dropped`);
  }
}

/** Asserts that nobody holds a slab of the arena any more. */
export function assertAllReturned(arena: Arena): void {
  assert.equal(arena.statistics.slabsInUse, 0, `every slab is back, but ${arena.statistics.slabsInUse}`);
}
