import assert from 'node:assert/strict';
import { caps } from '../../../src/core/caps/caps.ts';
import { OPERATORS } from '../../../src/elements/fusion/comparison.ts';
import { tensorIf } from '../../../src/elements/fusion/tensor-if.ts';
import { testElement } from '../../../src/testing/test-element.ts';

const tensorCaps = caps('tensor', { dtype: 'float32', shape: [2, 2] })[0];
const bytes = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
type Props = NonNullable<NonNullable<Parameters<typeof testElement<typeof tensorIf.props>>[1]>['props']>;

/** Which way four tensors go, whose values are 1..4, 2..5 and so on. */
async function ways(props: Props): Promise<string> {
  const test = await testElement(tensorIf, { props, caps: { sink: tensorCaps }, srcPads: ['then', 'else'] });
  for (let i = 0; i < 4; i++) await test.push({ pts: i, payload: bytes(i + 1, i + 2, i + 3, i + 4) });
  await test.settled();
  const ways = ['', '', '', ''];
  for (const pad of ['then', 'else']) {
    for (const one of test.out(pad)) {
      if (one.type === 'buffer') ways[one.buffer.pts] += pad[0]!;
      if (one.type === 'gap') ways[one.pts] += '-';
    }
  }
  await test.end();
  assert.ok(
    ways.every((way) => way.length === 2 && way.includes('-')),
    'each gets one buffer and one gap',
  );
  return ways.map((way) => way.replace('-', '')).join('');
}

describe('tensor-if', () => {
  describe('props', () => {
    it('refuse an element that is not there', async () => {
      const wrong = testElement(tensorIf, { props: { index: 4 }, caps: { sink: tensorCaps }, srcPads: ['then'] });
      await assert.rejects(wrong, /Cannot look at element 4 of a tensor of 2×2: it has 4/);
    });
  });

  describe('data', () => {
    it('compares an element, the mean, the smallest or the largest, and sends a gap the other way', async () => {
      assert.equal(await ways({ index: 1, operator: '>', value: 3 }), 'eett');
      assert.equal(await ways({ measure: 'mean', operator: '<=', value: 3.5 }), 'ttee');
      assert.equal(await ways({ measure: 'least', operator: '==', value: 2 }), 'etee');
      assert.equal(await ways({ measure: 'most', operator: '!=', value: 7 }), 'ttte');
    });

    it('takes both ends of a range', async () => {
      assert.equal(await ways({ operator: 'inside', value: 2, upTo: 3 }), 'ette');
      assert.equal(await ways({ operator: 'outside', value: 2, upTo: 3 }), 'teet');
      assert.equal(await ways({ operator: '>=', value: 2 }), 'ettt');
      assert.equal(await ways({ operator: '<', value: 2 }), 'teee');
    });

    it('meets no condition but != with what is no number, and with nothing', async function () {
      this.timeout(60_000);
      const wayOf = async (shape: (number | 'length')[], values: readonly number[], own: Props): Promise<string | undefined> => {
        const sink = caps('tensor', { dtype: 'float32', shape })[0];
        const test = await testElement(tensorIf, { props: own, caps: { sink }, srcPads: ['then', 'else'] });
        await test.push({ pts: 0, payload: bytes(...values) });
        await test.settled();
        const way = ['then', 'else'].find((pad) => test.buffers(pad).length > 0);
        await test.end();
        return way;
      };
      for (const operator of OPERATORS) {
        const way = operator === '!=' ? 'then' : 'else';
        const condition = { operator, value: -1, upTo: 1 };
        // A number that is none is found wherever it lies.
        for (const measure of ['mean', 'least', 'most'] as const)
          for (const at of [0, 1, 4])
            assert.equal(
              await wayOf(
                [5],
                [3, 3, 3, 3, 3].map((value, index) => (index === at ? Number.NaN : value)),
                { measure, ...condition },
              ),
              way,
              `${measure} ${operator}`,
            );
        for (const measure of ['mean', 'least', 'most'] as const) assert.equal(await wayOf([0, 4], [], { measure, ...condition }), way);
        assert.equal(await wayOf(['length', 2], [1, 2], { index: 2, ...condition }), way);
      }
      for (const value of [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
        assert.equal(await wayOf([2], [value, 0], { measure: 'mean', operator: 'outside', value: -1e300, upTo: 1e300 }), 'then');
    });

    it('looks at the elements that there are where tensors differ in how many they have', async () => {
      const sink = caps('tensor', { dtype: 'float32', shape: ['length', 2] })[0];
      const test = await testElement(tensorIf, { props: { measure: 'most', value: 3 }, caps: { sink }, srcPads: ['then', 'else'] });
      await test.push({ pts: 0, payload: bytes(1, 4) });
      await test.push({ pts: 1, payload: bytes(1, 2, 3, 3) });
      await test.push({ pts: 2, payload: bytes(1, 2, 3, 4) });
      await test.settled();
      assert.deepEqual(
        ['then', 'else'].map((pad) => test.buffers(pad).map(({ pts }) => pts)),
        [[0, 2], [1]],
      );
      await test.end();
    });

    it('drops and counts what goes where nothing is linked', async () => {
      const test = await testElement(tensorIf, { props: { value: 1 }, caps: { sink: tensorCaps }, srcPads: ['then'] });
      await test.push({ pts: 0, payload: bytes(0, 0, 0, 0) });
      const { elements } = await test.end();
      assert.deepEqual(elements.find(({ name }) => name === 'tensor-if')!.dropped, { 'not-linked': 1 });
    });
  });
});
