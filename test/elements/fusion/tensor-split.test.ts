import assert from 'node:assert/strict';
import { caps } from '../../../src/core/caps/caps.ts';
import { tensorSplit } from '../../../src/elements/fusion/tensor-split.ts';
import { testElement } from '../../../src/testing/test-element.ts';

const sink = caps('tensor', { dtype: 'uint8', shape: [2, 3] })[0];

describe('tensor-split', () => {
  describe('negotiation', () => {
    it('refuses sizes that do not add up to the axis', async () => {
      const wrong = testElement(tensorSplit, { props: { axis: 1, sizes: [2, 2] }, caps: { sink }, srcPads: ['src_0', 'src_1'] });
      await assert.rejects(wrong, /Cannot split 2×3 along axis 1 into 2, 2 for src_0: the sizes have to add up to 3/);
    });

    it('refuses tensors that differ in size, axes that are not there and pads without a size', async () => {
      for (const [shape, axis, pads, text] of [
        [['length', 4], 1, ['src_0', 'src_1'], /Cannot split length×4 for src_0: tensors that differ in size/],
        [[4], 3, ['src_0'], /an axis that is there/],
        [[], 0, ['src_0'], /an axis that is there/],
        [[4], 0, ['src_2'], /for src_2: the sizes have to add up to 4/],
      ] as const) {
        const own = caps('tensor', { dtype: 'uint8', shape: [...shape] })[0];
        await assert.rejects(testElement(tensorSplit, { props: { axis, sizes: [2, 2] }, caps: { sink: own }, srcPads: [...pads] }), text);
      }
    });
  });

  describe('data', () => {
    it('gives each pad its slices, and loses none', async () => {
      const test = await testElement(tensorSplit, { props: { axis: 1, sizes: [2, 1] }, caps: { sink }, srcPads: ['src_0', 'src_1'] });
      await test.push({ pts: 5, payload: Uint8Array.of(1, 2, 3, 4, 5, 6) });
      const bytesOf = (pad: string) => test.buffers(pad).map(({ slab, bytes }) => [...test.arena.bytes(slab.offset, bytes)]);
      await test.settled();
      assert.deepEqual([bytesOf('src_0'), bytesOf('src_1')], [[[1, 2, 4, 5]], [[3, 6]]]);
      const [first] = test.out('src_1');
      assert.deepEqual(first?.type === 'caps' && first.caps.fields, { dtype: 'uint8', shape: [2, 1] });
      await test.end();
    });
  });

  describe('timing', () => {
    it('passes gaps on to every pad', async () => {
      const test = await testElement(tensorSplit, { props: { axis: 0, sizes: [1, 1] }, caps: { sink }, srcPads: ['src_0', 'src_1'] });
      await test.gap(0, 10);
      await test.settled();
      for (const pad of ['src_0', 'src_1']) assert.ok(test.out(pad).some(({ type }) => type === 'gap'));
      await test.end();
    });
  });

  describe('eos and flush', () => {
    it('gives everything back when it is aborted while downstream is busy', async () => {
      const test = await testElement(tensorSplit, { props: { axis: 0, sizes: [1, 1] }, caps: { sink }, srcPads: ['src_0', 'src_1'] });
      test.block('src_0');
      for (let pts = 0; pts < 8; pts++) void test.push({ pts, payload: new Uint8Array(6) });
      await test.settled();
      await test.close();
    });
  });
});
