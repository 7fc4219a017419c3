import assert from 'node:assert/strict';
import { type GapEvent, joinedGaps, type PartGap } from '../../../src/core/stream/event.ts';

const gap = (pts: number, duration: number, parts?: PartGap[]): GapEvent => ({
  ...{ type: 'gap', pts, duration, source: 'mux', epoch: 0 },
  ...(parts === undefined ? {} : { parts }),
});
const part = (stream: number): PartGap => ({ stream, pts: 0, duration: 10, source: `cam${stream}`, epoch: 0 });

describe('two gaps as one', () => {
  it('reach from where the first begins to where the last ends', () => {
    assert.deepEqual(joinedGaps(gap(10, 5), gap(20, 5)), gap(10, 15));
    assert.deepEqual(joinedGaps(gap(10, 50), gap(20, 5)), gap(10, 50));
  });

  it('say of all streams what both say', () => {
    assert.deepEqual(joinedGaps(gap(0, 1, [part(0)]), gap(1, 1, [part(1)])), gap(0, 2, [part(0), part(1)]));
    assert.deepEqual(joinedGaps(gap(0, 1), gap(1, 1, [part(1)])), gap(0, 2, [part(1)]));
    assert.deepEqual(joinedGaps(gap(0, 1, [part(0)]), gap(1, 1)), gap(0, 2, [part(0)]));
  });
});
