import assert from 'node:assert/strict';
import { clockSync } from '../../../src/elements/flow/clock-sync.ts';
import { testElement } from '../../../src/testing/test-element.ts';
import { testCaps } from '../../support/make-buffer.ts';

const started = (props = {}) => testElement(clockSync, { props, caps: { sink: testCaps } });

describe('clock-sync', () => {
  describe('timing', () => {
    it('lets each buffer through when its time has come, and late ones at once', async () => {
      const test = await started();
      test.clock.advanceBy(5000);
      for (const pts of [0, 10_000, 20_000]) void test.push({ pts, payload: new Uint8Array(8) });
      const counts: number[] = [];
      for (let step = 0; step < 4; step++) {
        await test.settled();
        counts.push(test.buffers().length);
        test.clock.advanceBy(5000);
      }
      assert.deepEqual(counts, [1, 2, 2, 3]);
      await test.end();
    });

    it('lets them through later by the offset', async () => {
      const test = await started({ offsetMs: 3 });
      void test.push({ pts: 1000 });
      test.clock.advanceBy(3999);
      await test.settled();
      assert.equal(test.buffers().length, 0);
      test.clock.advanceBy(1);
      await test.settled();
      assert.equal(test.buffers().length, 1);
      await test.end();
    });

    it('drops what is later than it bears, sends a gap for it and tells of it', async () => {
      const test = await started({ maxLatenessMs: 2 });
      test.clock.advanceBy(5000);
      await test.push({ pts: 2000, duration: 1000 });
      // Twice 3 ms later, and as long as the buffer lasts, is when one is in time that begins now.
      await test.push({ pts: 8999, duration: 1 });
      void test.push({ pts: 9000 });
      test.clock.advanceBy(4000);
      await test.settled();
      assert.deepEqual(
        test.out().flatMap((one) => (one.type === 'gap' ? [-one.pts] : one.type === 'buffer' ? [one.buffer.pts] : [])),
        [-2000, -8999, 9000],
      );
      assert.deepEqual(
        test.heard('qos').map(({ jitter, processed, late, source }) => [jitter, processed, late, source]),
        [[3000, 0, 1, 'test']],
      );
      const { elements } = await test.end();
      assert.deepEqual(elements.find(({ name }) => name === 'clock-sync')!.dropped, { late: 1 });
      assert.deepEqual(elements.find(({ name }) => name === 'feed-sink')!.dropped, { skipped: 1 });
    });
  });
});
