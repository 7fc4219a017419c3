import assert from 'node:assert/strict';
import { caps } from '../../../src/core/caps/caps.ts';
import { switchElement } from '../../../src/elements/fusion/switch.ts';
import { testElement } from '../../../src/testing/test-element.ts';

const [plain] = caps('test');
const two = { sink_0: plain, sink_1: plain };

describe('switch', () => {
  describe('props', () => {
    it('refuse a pad that is not linked', async () => {
      await assert.rejects(testElement(switchElement, { props: { active: 'sink_7' }, caps: two }), /to sink_7: linked are sink_0, sink_1/);
    });
  });

  describe('data', () => {
    it('passes the chosen input alone, changes between two buffers, and never goes back in time', async () => {
      const test = await testElement(switchElement, { caps: two });
      await test.push({ pts: 10, payload: Uint8Array.of(1) }, 'sink_0');
      await test.push({ pts: 2, payload: Uint8Array.of(2) }, 'sink_1');
      test.pipeline.setProps('switch', { active: 'sink_1' });
      await test.push({ pts: 5 }, 'sink_1');
      await test.push({ pts: 20 }, 'sink_0');
      await test.push({ pts: 20 }, 'sink_1');
      await test.push({ pts: 30 }, 'sink_1');
      assert.deepEqual(
        test.buffers().map(({ pts, discont }) => `${pts}${discont ? '!' : ''}`),
        ['10', '20!', '30'],
      );
      const { elements } = await test.end();
      assert.deepEqual(elements.find(({ name }) => name === 'switch')!.dropped, { 'not-selected': 2, late: 1 });
    });
  });

  describe('timing', () => {
    const told = (test: Awaited<ReturnType<typeof testElement>>) =>
      test.out().flatMap((one) => {
        if (one.type === 'gap') return [`..${one.until}`];
        return one.type === 'buffer' ? [`${one.buffer.source}${one.buffer.pts}${one.buffer.discont ? '!' : ''}`] : [];
      });

    it('holds back nothing of the chosen input, whose sources each have times of their own', async () => {
      const test = await testElement(switchElement, { caps: two });
      for (const [source, pts, epoch] of [
        ['a', 100, 0],
        ['b', 50, 0],
        ['a', 110, 0],
        ['a', 0, 1],
      ] as const)
        await test.push({ source, pts, epoch }, 'sink_0');
      await test.push({ source: 'c', pts: 60 }, 'sink_1');
      test.pipeline.setProps('switch', { active: 'sink_1' });
      // Before anything of the new input has left, nothing leads back behind all that has.
      await test.push({ source: 'c', pts: 70 }, 'sink_1');
      await test.push({ source: 'c', pts: 110 }, 'sink_1');
      await test.push({ source: 'd', pts: 0 }, 'sink_1');
      assert.deepEqual(told(test), ['a100', 'b50', 'a110', 'a0', 'c110!', 'd0']);
      await test.end();
    });

    it('goes by running time where times begin anew, and takes gaps for time that has passed', async () => {
      const test = await testElement(switchElement, { caps: two });
      await test.event({ type: 'segment', source: 'a', start: 0, base: 1000 }, 'sink_0');
      await test.push({ source: 'a', pts: 0 }, 'sink_0');
      await test.gap(0, 100, 'sink_0', 'a');
      await test.gap(0, 5000, 'sink_1', 'b');
      test.pipeline.setProps('switch', { active: 'sink_1' });
      await test.gap(0, 1099, 'sink_1', 'b');
      await test.push({ source: 'b', pts: 1099 }, 'sink_1');
      await test.push({ source: 'b', pts: 1100 }, 'sink_1');
      assert.deepEqual(told(test), ['a0', '..100', 'b1100!']);
      const { elements } = await test.end();
      assert.deepEqual(elements.find(({ name }) => name === 'switch')!.dropped, { late: 1 });
    });

    it('is changed while downstream takes nothing, while its input has ended, and at the end', async () => {
      const test = await testElement(switchElement, { caps: two, settings: { queue: { maxBuffers: 4 } } });
      const unblock = test.block();
      for (const pts of [0, 10, 20]) void test.push({ source: 'a', pts, payload: Uint8Array.of(1) }, 'sink_0');
      await test.settled();
      test.pipeline.setProps('switch', { active: 'sink_1' });
      for (const pts of [5, 15, 25]) void test.push({ source: 'b', pts, payload: Uint8Array.of(1) }, 'sink_1');
      await test.settled();
      test.pipeline.setProps('switch', { active: 'sink_0' });
      test.pipeline.setProps('switch', { active: 'sink_1' });
      unblock();
      await test.settled();
      assert.deepEqual(told(test), ['a0', 'b5!', 'b15', 'b25']);
      await test.eos('sink_1');
      await test.push({ source: 'a', pts: 30 }, 'sink_0');
      test.pipeline.setProps('switch', { active: 'sink_0' });
      await test.push({ source: 'a', pts: 40 }, 'sink_0');
      await test.eos('sink_0');
      await test.end(() => assert.deepEqual(told(test).slice(4), ['a40!']));
    });
  });

  describe('eos and flush', () => {
    it('ends when every input has ended', async () => {
      const test = await testElement(switchElement, { caps: two });
      await test.eos('sink_0');
      assert.ok(!test.out().some(({ type }) => type === 'eos'));
      await test.end(() => assert.ok(test.out().some(({ type }) => type === 'eos')));
    });
  });
});
