import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FramesInside } from '../../../src/media/gstreamer-filter/frames-inside.ts';

describe('frames inside a line', () => {
  const inside = (...times: number[]): FramesInside<string> => {
    const made = new FramesInside<string>(8);
    for (const [index, time] of times.entries()) made.add(time, 'abcdefgh'[index]!);
    return made;
  };

  it('come out by their time, and what was before them is lost', () => {
    const some = inside(0, 10, 20, 30);
    assert.deepEqual(some.comeOut(0), { of: 'a', isRepeat: false, lost: [] });
    assert.deepEqual(some.comeOut(20), { of: 'c', isRepeat: false, lost: ['b'] });
    assert.deepEqual(some.clear(), ['d']);
  });

  it('come out several times where a line doubles them', () => {
    const some = inside(0, 10);
    assert.deepEqual(some.comeOut(0), { of: 'a', isRepeat: false, lost: [] });
    assert.deepEqual(some.comeOut(5), { of: 'a', isRepeat: true, lost: [] });
    assert.deepEqual(some.comeOut(14), { of: 'b', isRepeat: false, lost: [] });
    assert.deepEqual(some.comeOut(15), { of: 'b', isRepeat: true, lost: [] });
  });

  it('come out in order where they share a time, or where the line has lost it', () => {
    const same = inside(0, 0, 0);
    assert.deepEqual([same.comeOut(0)?.of, same.comeOut(0)?.of, same.comeOut(0)?.of], ['a', 'b', 'c']);
    const timeless = inside(0, 10);
    assert.deepEqual([timeless.comeOut(undefined)?.of, timeless.comeOut(undefined)?.of], ['a', 'b']);
    assert.deepEqual(timeless.comeOut(undefined), { of: 'b', isRepeat: true, lost: [] });
  });

  it('is the first one where a line gives something before it', () => {
    assert.equal(inside(10).comeOut(3)?.of, 'a');
    assert.equal(inside().comeOut(3), undefined);
  });

  it('are no more than so many', () => {
    const some = inside(0, 1, 2, 3, 4, 5, 6, 7);
    assert.equal(some.add(8, 'i'), 'a');
    assert.equal(some.size, 8);
  });

  it('are each accounted for once, whatever a line leaves out, doubles and delays', () => {
    const step = fc.oneof(fc.constant('in' as const), fc.nat({ max: 60 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const some = new FramesInside<number>(5);
        const fates: number[] = [];
        let next = 0;
        let clock = 0;
        for (const one of steps) {
          if (one === 'in') {
            const lost = some.add(next * 10, next);
            if (lost !== undefined) fates.push(lost);
            next++;
            continue;
          }
          clock = Math.max(clock, one);
          const out = some.comeOut(clock);
          if (out === undefined) continue;
          fates.push(...out.lost, ...(out.isRepeat ? [] : [out.of]));
        }
        fates.push(...some.clear());
        assert.deepEqual(
          fates,
          Array.from({ length: next }, (_, index) => index),
        );
      }),
    );
  });
});
