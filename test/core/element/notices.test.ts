import assert from 'node:assert/strict';
import { Notices } from '../../../src/core/element/notices.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';

describe('notices of what happens often', () => {
  it('are given at once, then once a second at most, with all that happened since', () => {
    const clock = new ManualClock(7);
    const notices = new Notices({ clock } as never);
    const tell = (afterMs: number, count = 1): number => {
      clock.advanceBy(afterMs * 1000);
      return notices.count('dropped late', count);
    };
    assert.deepEqual([tell(0), tell(400, 2), tell(599.999), tell(0.001)], [1, 0, 0, 4]);
    assert.deepEqual([tell(999), tell(1, 5)], [0, 6]);
    assert.deepEqual([tell(5000), notices.count('dropped stale', 3)], [1, 3], 'each kind by itself');
    notices.reset();
    assert.equal(tell(0), 1);
  });
});
