import assert from 'node:assert/strict';
import type { ElementSummary } from '../../src/core/counts/statistics.ts';
import { batchTable } from '../../src/report/element-tables.ts';
import { readPage } from './read-page.ts';

const summaryOf = (name: string, batches: ElementSummary['batches']): ElementSummary => ({ name, batches }) as ElementSummary;

describe('batch table', () => {
  it('says how many batches left by each cause and in each size, how long the oldest waited, and the padding', () => {
    const oldestWaited = { count: 4, mean: 2000, p50: 2000, p95: 7000, p99: 8000, max: 8000 };
    const table = batchTable([
      summaryOf('quiet', { byCause: {}, bySize: {} }),
      summaryOf('mux', { byCause: { full: 3, deadline: 1 }, bySize: { 2: 1, 8: 3 }, oldestWaited, waste: 0.125 }),
    ])!;
    const { text, rows } = readPage(table.text);
    assert.match(text, /mux : 4 batches with 6\.50 items on average; the oldest item waited 2\.00 ms \(p50\), 8\.00 ms \(p99\); 12\.5 %/);
    assert.deepEqual(rows, [
      ['left because', 'batches', '', ''],
      ['full', '3', '75 %', ''],
      ['deadline', '1', '25 %', ''],
      ['size', 'batches', '', ''],
      ['2', '1', '25 %', ''],
      ['8', '3', '75 %', ''],
    ]);
  });

  it('is left out where nothing came in batches', () => {
    assert.equal(batchTable([summaryOf('quiet', { byCause: {}, bySize: {} })]), undefined);
  });
});
