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

  describe('eos and flush', () => {
    it('ends when every input has ended', async () => {
      const test = await testElement(switchElement, { caps: two });
      await test.eos('sink_0');
      assert.ok(!test.out().some(({ type }) => type === 'eos'));
      await test.end(() => assert.ok(test.out().some(({ type }) => type === 'eos')));
    });
  });
});
