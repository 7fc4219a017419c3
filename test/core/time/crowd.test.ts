import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Crowd } from '../../../src/core/time/crowd.ts';
import { seededRandom } from '../../../src/media/test-picture/seeded-random.ts';

const SEED = 20261126;

describe('Crowd', () => {
  it(`has those that came and did not go, in their order, as a set has (seed ${SEED})`, () => {
    const random = seededRandom(SEED);
    const crowd = new Crowd<{ place: number; id: number }>();
    const set = new Set<{ place: number; id: number }>();
    for (let id = 0; id < 3000; id++) {
      if (random() < 0.5) {
        const one = { place: 0, id };
        crowd.add(one);
        set.add(one);
      } else if (set.size > 0) {
        const one = [...set][Math.floor(random() * set.size)]!;
        assert.equal(crowd.delete(one), set.delete(one));
        assert.equal(crowd.delete(one), false);
      }
      assert.deepEqual(crowd.all, [...set]);
      assert.equal(crowd.size, set.size);
    }
    assert.ok(set.size > 5);
  });
});
