import assert from 'node:assert/strict';
import { Histogram } from '../../src/core/counts/histogram.ts';
import { removedTables } from '../../src/report/element-tables.ts';

describe('tables of removed elements', () => {
  it('tell what each of them handled and dropped until it left, and are not there where none did', () => {
    const { summary } = new Histogram();
    const camera = {
      name: 'cam3',
      type: 'fake-source',
      received: 44,
      handled: 42,
      produced: 42,
      inFlight: 0,
      dropped: { flushing: 2, stale: 0 },
      waiting: summary,
      working: summary,
      age: summary,
      queues: [],
      batches: { byCause: {}, bySize: {} },
      notes: {},
    };
    const { text } = removedTables([camera])!;
    assert.match(text, /<h3>Removed while it ran<\/h3>/);
    assert.match(text, /<th>cam3<small>fake-source<\/small><\/th><td>42<\/td>/);
    assert.match(text, /<td>cam3<\/td><td class="left">flushing<\/td><td>2<\/td>/);
    assert.doesNotMatch(text, /stale/);
    assert.equal(removedTables([]), undefined);
    assert.equal(removedTables(), undefined);
  });
});
