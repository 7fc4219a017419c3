import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bytesOfClass, SIZE_CLASSES, sizeClassOf } from '../../src/memory/size-class.ts';

describe('size classes', () => {
  it('grow, hold what they are for, and waste a fifth at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3.5 * 2 ** 30 }), (bytes) => {
        const index = sizeClassOf(bytes);
        assert.ok(index >= 0 && index < SIZE_CLASSES);
        assert.ok(bytesOfClass(index) >= bytes);
        if (index > 0) {
          assert.ok(bytesOfClass(index - 1) < bytes);
          assert.ok(bytes > 0.8 * bytesOfClass(index) - 1);
        }
      }),
    );
  });

  it('are whole multiples of 64 bytes', () => {
    for (let index = 0; index < SIZE_CLASSES; index++) assert.equal(bytesOfClass(index) % 64, 0);
  });

  it('fit exactly at their own size and move on one byte later', () => {
    for (let index = 0; index < SIZE_CLASSES - 1; index++) {
      assert.equal(sizeClassOf(bytesOfClass(index)), index);
      assert.equal(sizeClassOf(bytesOfClass(index) + 1), index + 1);
    }
  });
});
