import assert from 'node:assert/strict';
import { sinceItCame } from '../../../src/media/live-sound/since-it-came.ts';

describe('how long sound has waited since it came', () => {
  const NOW = 1_700_000_000_000_000;

  it('counts from the end of its last sample', () => {
    assert.equal(sinceItCame({ capturedAtUs: NOW - 90_000, durationUs: 20_000 }, NOW), 70_000);
    assert.equal(sinceItCame({ capturedAtUs: NOW - 20_000, durationUs: 20_000 }, NOW), 0);
  });

  it('is nothing where that is not known, or the clock has been set meanwhile', () => {
    assert.equal(sinceItCame({ capturedAtUs: undefined, durationUs: 20_000 }, NOW), 0);
    assert.equal(sinceItCame({ capturedAtUs: NOW + 3_600_000_000, durationUs: 20_000 }, NOW), 0);
    assert.equal(sinceItCame({ capturedAtUs: NOW - 3_600_000_000, durationUs: 20_000 }, NOW), 0);
  });
});
