import assert from 'node:assert/strict';
import { ReadAhead } from '../../../src/media/files/read-ahead.ts';

describe('ReadAhead', () => {
  it('works on as many as it may, and gives them in their order', async () => {
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const ahead = new ReadAhead<number, string>(3, (item) => {
      begun.push(item);
      return new Promise((resolve) => ends.push(() => resolve(`read ${item}`)));
    });
    const items = [1, 2, 3, 4, 5];
    ahead.fill(items);
    ahead.fill(items);
    assert.deepEqual([begun, items, ahead.count], [[1, 2, 3], [4, 5], 3]);
    // The last one is done first.
    for (const end of ends.splice(0).reverse()) end();
    assert.equal(await ahead.next(), 'read 1');
    ahead.fill(items);
    assert.deepEqual([begun, ahead.count], [[1, 2, 3, 4], 3]);
    assert.deepEqual([await ahead.next(), await ahead.next()], ['read 2', 'read 3']);
    ahead.fill(items);
    const settled = ahead.settle();
    assert.equal(ahead.next(), undefined);
    for (const end of ends) end();
    await settled;
    assert.deepEqual([begun, ahead.count], [[1, 2, 3, 4, 5], 0]);
  });
});
