import assert from 'node:assert/strict';
import { pace } from '../../../src/elements/flow/pace.ts';
import { type ElementTest, testElement } from '../../../src/testing/test-element.ts';
import { testCaps } from '../../support/make-buffer.ts';

/** When each of some buffers leaves, in milliseconds. */
async function leaving(test: ElementTest, script: readonly { pts: number; epoch?: number }[], ms: number): Promise<number[]> {
  const times: number[] = [];
  for (const { pts, epoch = 0 } of script) void test.push({ pts: pts * 1000, epoch });
  for (let time = 0; time <= ms; time++) {
    await test.settled();
    while (times.length < test.buffers().length) times.push(time);
    test.clock.advanceBy(1000);
  }
  return times;
}

describe('pace', () => {
  describe('props', () => {
    it('refuses to stand still', async () => {
      await assert.rejects(testElement(pace, { props: { speed: 0 }, caps: { sink: testCaps } }), { name: 'GraphError' });
    });
  });

  describe('timing', () => {
    it('lets buffers go as far apart as their times are, from the first on', async () => {
      const test = await testElement(pace, { caps: { sink: testCaps } });
      assert.deepEqual(await leaving(test, [{ pts: 500 }, { pts: 510 }, { pts: 513 }], 20), [0, 10, 13]);
      await test.end();
    });

    it('goes as many times as fast as it is told', async () => {
      const test = await testElement(pace, { props: { speed: 2 }, caps: { sink: testCaps } });
      assert.deepEqual(await leaving(test, [{ pts: 0 }, { pts: 10 }, { pts: 30 }], 20), [0, 5, 15]);
      await test.end();
    });

    it('does not hurry after a stall', async () => {
      const test = await testElement(pace, { caps: { sink: testCaps } });
      await leaving(test, [{ pts: 0 }], 29);
      assert.deepEqual(await leaving(test, [{ pts: 10 }, { pts: 20 }, { pts: 30 }], 25), [0, 0, 10, 20]);
      await test.end();
    });

    it('hurries after a stall until it is back in time, where it is told to catch up', async () => {
      const test = await testElement(pace, { props: { ticks: 'catchUp' }, caps: { sink: testCaps } });
      await leaving(test, [{ pts: 0 }], 29);
      assert.deepEqual(await leaving(test, [{ pts: 10 }, { pts: 20 }, { pts: 35 }, { pts: 45 }], 25), [0, 0, 0, 5, 15]);
      await test.end();
    });

    it('begins anew with an epoch', async () => {
      const test = await testElement(pace, { caps: { sink: testCaps } });
      assert.deepEqual(await leaving(test, [{ pts: 0 }, { pts: 900, epoch: 1 }, { pts: 905, epoch: 1 }], 10), [0, 0, 5]);
      await test.end();
    });
  });

  describe('eos and flush', () => {
    it('lets go of what it holds when it is closed', async () => {
      const test = await testElement(pace, { caps: { sink: testCaps } });
      void test.push({ pts: 0, payload: new Uint8Array(8) });
      void test.push({ pts: 10_000, payload: new Uint8Array(8) });
      await test.settled();
      await test.close();
    });
  });
});
