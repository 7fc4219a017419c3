import assert from 'node:assert/strict';
import { caps, type FixedCaps } from '../../../src/core/caps/caps.ts';
import type { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { tensorMerge } from '../../../src/elements/fusion/tensor-merge.ts';
import { partOf } from '../../../src/media/joined.ts';
import { type ElementTest, testElement } from '../../../src/testing/test-element.ts';

const part = (shape: number[], dtype = 'int16'): FixedCaps => caps('tensor', { dtype, shape })[0];
const joinedOf = (a: FixedCaps, b: FixedCaps): FixedCaps => caps('joined', { inputs: ['a', 'b'] }, { inputs: { a, b } })[0];

async function push(test: ElementTest, parts: Record<string, readonly number[] | null>): Promise<void> {
  const buffers = Object.entries(parts).map(([name, values]) => {
    return [name, values === null ? null : test.buffer({ payload: new Uint8Array(Int16Array.from(values).buffer) })] as const;
  });
  const slabs = buffers.flatMap(([, buffer]) => (buffer === null ? [] : buffer.slabs));
  const named = Object.fromEntries(buffers.map(([name, buffer]) => [name, buffer === null ? null : partOf(buffer)]));
  await test.push({ pts: 7, slabs, value: { parts: named, complete: 3 } });
}

const valuesOf = (test: ElementTest, { slab, bytes }: StreamBuffer): number[] => [...test.arena.view('int16', slab.offset, bytes / 2)];

describe('tensor-merge', () => {
  describe('negotiation', () => {
    it('adds the sizes along the axis', async () => {
      const test = await testElement(tensorMerge, { props: { axis: 1 }, caps: { sink: joinedOf(part([2, 3, 4]), part([2, 5, 4])) } });
      const [first] = test.out();
      assert.deepEqual(first?.type === 'caps' && first.caps.fields, { dtype: 'int16', shape: [2, 8, 4] });
      await test.end();
    });

    it('refuses parts that differ elsewhere', async () => {
      for (const [a, b] of [
        [part([2, 3]), part([2, 4])],
        [part([2, 3]), part([2, 3], 'uint8')],
        [part([2, 3]), part([2, 3, 1])],
      ] as const) {
        await assert.rejects(testElement(tensorMerge, { caps: { sink: joinedOf(a, b) } }), /Cannot merge .* with 2×3 int16 along axis 0/);
      }
    });

    it('refuses parts that differ in size from buffer to buffer, single numbers and axes that are not there', async () => {
      const varying = caps('tensor', { dtype: 'int16', shape: ['length', 3] })[0];
      for (const [a, b, axis] of [
        [part([2, 3]), varying, 0],
        [varying, part([2, 3]), 1],
        [part([]), part([]), 0],
        [part([2]), part([2]), 1],
      ] as const)
        await assert.rejects(
          testElement(tensorMerge, { props: { axis }, caps: { sink: joinedOf(a, b) } }),
          /Cannot merge .* all sizes known/,
        );
    });

    it('takes a part of no size for nothing', async () => {
      const test = await testElement(tensorMerge, { caps: { sink: joinedOf(part([0, 2]), part([1, 2])) } });
      await push(test, { a: [], b: [5, 6] });
      assert.deepEqual(valuesOf(test, test.buffers()[0]!), [5, 6]);
      await test.end();
    });
  });

  describe('data', () => {
    it('puts parts one behind the other along the outermost axis, and side by side along an inner one', async () => {
      for (const [axis, wanted] of [
        [0, [1, 2, 3, 4, 5, 6, 7, 8]],
        [1, [1, 2, 5, 6, 3, 4, 7, 8]],
      ] as const) {
        const test = await testElement(tensorMerge, { props: { axis }, caps: { sink: joinedOf(part([2, 2]), part([2, 2])) } });
        await push(test, { a: [1, 2, 3, 4], b: [5, 6, 7, 8] });
        assert.deepEqual(valuesOf(test, test.buffers()[0]!), wanted);
        assert.equal(test.buffers()[0]!.pts, 7);
        await test.end();
      }
    });

    it('sends a gap for a set that lacks a part', async () => {
      const test = await testElement(tensorMerge, { caps: { sink: joinedOf(part([2]), part([1])) } });
      await push(test, { a: [1, 2], b: null });
      assert.deepEqual(
        test.out().map(({ type }) => type),
        ['caps', 'gap'],
      );
      const { elements } = await test.end();
      assert.deepEqual(elements.find(({ name }) => name === 'tensor-merge')!.dropped, { incomplete: 1 });
    });
  });
});
