import assert from 'node:assert/strict';
import { caps } from '../../../src/core/caps/caps.ts';
import { gate } from '../../../src/elements/fusion/gate.ts';
import { type ElementTest, testElement } from '../../../src/testing/test-element.ts';

const [plain] = caps('test');
const both = { sink: plain, control: plain };
const told = (test: ElementTest): string[] =>
  test.out().flatMap((one) => {
    if (one.type === 'buffer') return [`${one.buffer.pts}${one.buffer.discont ? '!' : ''}`];
    return one.type === 'gap' ? [`-${one.pts}`] : [];
  });

describe('gate', () => {
  describe('data', () => {
    it('passes what the control lets through, and sends gaps for the rest', async () => {
      const test = await testElement(gate, { props: { path: 'items.length', operator: '>=', value: 2 }, caps: both });
      for (const [pts, items] of [
        [0, [1, 2]],
        [20, []],
        [40, [1, 2, 3]],
      ] as const)
        await test.push({ pts, value: { items } }, 'control');
      for (const pts of [0, 10, 20, 30]) void test.push({ pts }, 'sink');
      await test.settled();
      await test.gap(40, 60, 'control');
      await test.push({ pts: 40, payload: Uint8Array.of(1) }, 'sink');
      assert.deepEqual(told(test), ['0', '10', '-20', '-30', '40!']);
      const { elements } = await test.end();
      assert.deepEqual(elements.find(({ name }) => name === 'gate')!.dropped, { closed: 2 });
    });

    it('holds to `open` before the control has said anything', async () => {
      for (const open of [true, false]) {
        const test = await testElement(gate, { props: { open }, caps: both });
        await test.gap(0, 50, 'control');
        await test.push({ pts: 10 }, 'sink');
        assert.deepEqual(told(test), [open ? '10' : '-10']);
        await test.end();
      }
    });
  });

  describe('timing', () => {
    it('waits until the control has got as far, so that the order of arrival does not matter', async () => {
      const test = await testElement(gate, { caps: both });
      void test.push({ pts: 10 }, 'sink');
      await test.settled();
      assert.deepEqual(told(test), []);
      await test.push({ pts: 5, value: 1 }, 'control');
      assert.deepEqual(told(test), []);
      await test.push({ pts: 20, value: 0 }, 'control');
      await test.settled();
      await test.end(() => assert.deepEqual(told(test), ['10']));
    });
  });

  describe('times that begin anew', () => {
    it('are compared as running time', async () => {
      const test = await testElement(gate, { caps: both });
      await test.push({ source: 'file', pts: 100, value: 1 }, 'control');
      await test.push({ source: 'camera', pts: 50 }, 'sink');
      await test.event({ type: 'segment', source: 'file', start: 0, base: 200 }, 'control');
      await test.push({ source: 'file', epoch: 1, pts: 0, value: 0 }, 'control');
      await test.push({ source: 'camera', pts: 150 }, 'sink');
      await test.push({ source: 'file', epoch: 1, pts: 50, value: 1 }, 'control');
      await test.push({ source: 'camera', pts: 210 }, 'sink');
      await test.gap(50, 1, 'control', 'file', 1);
      await test.push({ source: 'camera', pts: 250 }, 'sink');
      assert.deepEqual(told(test), ['-50', '150!', '-210', '250!']);
      await test.end();
    });
  });

  describe('eos and flush', () => {
    it('decides what waits when the control ends, and takes no more words when the stream has', async () => {
      const test = await testElement(gate, { props: { open: true }, caps: both });
      for (const pts of [10, 20]) void test.push({ pts, payload: Uint8Array.of(1) }, 'sink');
      await test.push({ pts: 15, value: 0 }, 'control');
      await test.settled();
      assert.deepEqual(told(test), ['10']);
      await test.eos('control');
      assert.deepEqual(told(test), ['10', '-20']);
      await test.end();
    });

    it('holds as many words as it may when the stream ends before them, and lets go of them', async () => {
      const test = await testElement(gate, { caps: both });
      const pushes = Array.from({ length: 200 }, (_, pts) => test.push({ pts, value: 1, payload: Uint8Array.of(1) }, 'control'));
      await test.settled();
      await test.eos('sink');
      await Promise.all(pushes);
      await test.end();
    });

    it('leaves the gate as it is when the control ends', async () => {
      const test = await testElement(gate, { caps: both });
      await test.push({ pts: 0, value: 1 }, 'control');
      await test.eos('control');
      await test.push({ pts: 99 }, 'sink');
      await test.end(() => assert.deepEqual(told(test), ['99']));
    });

    it('lets go of what waits when it is aborted', async () => {
      const test = await testElement(gate, { caps: both });
      void test.push({ pts: 10, payload: Uint8Array.of(1) }, 'sink');
      await test.settled();
      await test.close();
    });
  });
});
